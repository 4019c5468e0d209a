import type { KeyRange, Page, ReadStore, Table } from './store.ts';

/** The pages of a range in key order, each read when it is asked for. There is at least one, perhaps empty. */
export async function* scanPages(
  store: Pick<ReadStore, 'scan'>,
  table: Table,
  { min, max }: KeyRange,
  limit: number,
): AsyncGenerator<Page> {
  for (let from = min; ; ) {
    const [page] = await store.scan(table, [{ min: from, max }], { limit });
    yield page!;
    if (!page!.more) return;
    from = successor(page!.rows.at(-1)!.key);
  }
}

/** The next key of the same length. */
export function successor(key: Uint8Array): Uint8Array {
  const next = Uint8Array.from(key);
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = (next[i]! + 1) & 0xff;
    if (next[i] !== 0) break;
  }
  return next;
}
