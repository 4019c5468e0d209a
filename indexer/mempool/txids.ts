import { hashToHex } from '../../src/chain/bytes.ts';
import { decodePage } from '../../src/store/blocks.ts';
import { MAX_INDEX, pageKey } from '../../src/store/position.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import type { ChainStore } from '../../src/store/store.ts';

/** Pages of 1,024 ids that are read at once. */
const PAGES = 64;

/** The ids of a stored block's transactions, in its order, in display-order hex. */
export async function* txidsOf(
  { height, fork }: { readonly height: number; readonly fork: number },
  store: Pick<ChainStore, 'scan'>,
): AsyncGenerator<string> {
  const range = { min: pageKey(height, fork, 0), max: pageKey(height, fork, MAX_INDEX) };
  for await (const { rows } of scanPages(store, 'pages', range, PAGES)) {
    for (const { value } of rows) for (const txid of decodePage(value).txids) yield hashToHex(txid);
  }
}
