import { hashToHex } from '../../src/chain/bytes.ts';
import { MAX_INDEX, pageKey } from '../../src/store/position.ts';
import { decodePage } from '../../src/store/records/page.ts';
import type { ChainStore } from '../../src/store/store.ts';

/** The ids of a stored block's transactions, in its order, in display-order hex. */
export async function* txidsOf(
  { height, fork }: { readonly height: number; readonly fork: number },
  store: Pick<ChainStore, 'scan'>,
): AsyncGenerator<string> {
  for (let first = 0; ; ) {
    const range = { min: pageKey(height, fork, first), max: pageKey(height, fork, MAX_INDEX) };
    const [page] = await store.scan('pages', [range], { limit: 64 });
    for (const { value } of page!.rows) for (const txid of decodePage(value).txids) yield hashToHex(txid);
    if (!page!.more) return;
    first += page!.rows.length;
  }
}
