import { departedRange } from '../../src/store/departures.ts';
import { FAMILY_NAMES, familyOf, KIND_NAMES, POSTING_KINDS, rangeOfKind } from '../../src/store/postings.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import { type ChainState, decodeState, encodeState } from '../../src/store/state.ts';
import type { ChainStore, KeyRange, Table } from '../../src/store/store.ts';

/** Makes an index as a version that knew no families left it: without their postings and without a word of them in its state. */
export async function makeOlder(store: ChainStore): Promise<void> {
  const { revision, value } = (await store.readState())!;
  const { families, ...older } = { ...decodeState(value), lease: null };
  for (const kind of KIND_NAMES.filter((kind) => FAMILY_NAMES.includes(familyOf(kind)!))) {
    const range = rangeOfKind(POSTING_KINDS[kind]);
    for (const table of ['postings', 'pendingPostings', 'removedPostings'] as const)
      await removeAll(store, table, range);
    for (const stretch of older.stretches) await removeAll(store, 'departedPostings', departedRange(stretch, range));
  }
  await store.settle();
  await store.compareAndSetState(revision, encodeState({ ...older, runs: store.naming(older.runs) } as ChainState));
}

async function removeAll(store: ChainStore, table: Table, range: KeyRange): Promise<void> {
  for await (const { rows } of scanPages(store, table, range, 2_000)) {
    await store.remove(
      table,
      rows.map(({ key }) => key),
    );
  }
}
