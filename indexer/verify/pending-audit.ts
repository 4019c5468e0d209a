import { mapKey } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { departedRange, departuresOf } from '../../src/store/departures.ts';
import { pendingFamilies } from '../../src/store/families.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import { readPending } from '../../src/store/pending.ts';
import { familyOf, KIND_NAMES, POSTING_KINDS, positionOf, rangeOfKind } from '../../src/store/postings.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import { type KeyRange, TABLES } from '../../src/store/store.ts';
import { addPendingPostings } from '../rows/pending-rows.ts';
import { type IndexFindings, type TolerantReader, tolerating } from './findings.ts';
import { PostingSums } from './posting-sums.ts';

/** Checks the pending transactions of a snapshot against their postings, and reads the rows of past ones. */
export async function auditPending(
  reader: TolerantReader,
  snapshot: Snapshot,
  network: Network,
  findings: IndexFindings,
): Promise<void> {
  const say = (what: string) => findings.add(null, what);
  const sums = new PostingSums(1);
  const pending = new Set<string>();
  const families = pendingFamilies(snapshot.state);
  const context = { height: (snapshot.tip?.height ?? -1) + 1, network, families };
  for await (const rows of reader.rows('pending', everyKey(TABLES.pending), say)) {
    const arrived = rows.filter(({ key }) => snapshot.seesKey(key));
    const keys = arrived.map(({ key }) => key);
    const departures = await tolerating(() => departuresOf(reader.store, snapshot, keys), say);
    for (const [i, row] of arrived.entries()) {
      if (departures === null || departures[i] !== null) continue;
      const record = await tolerating(() => readPending(reader.store, row, network), say);
      if (record === null) continue;
      const postings = new RowPacker();
      addPendingPostings(row.key, record, context, postings);
      sums.expect(0, postings.finish());
      pending.add(mapKey(row.key));
    }
  }
  const count = snapshot.state.mempool?.count ?? pending.size;
  if (pending.size !== count) say(`${pending.size} unconfirmed transactions can be read, but there should be ${count}`);
  for (const kind of KIND_NAMES) {
    const family = familyOf(kind);
    const isComplete = family === null || families.has(family);
    for await (const rows of reader.rows('pendingPostings', rangeOfKind(POSTING_KINDS[kind]), say)) {
      if (!isComplete) continue;
      for (const row of rows) if (pending.has(mapKey(positionOf(row.key)))) sums.find(0, row);
    }
  }
  for (const _ of sums.differences()) say('the postings of unconfirmed transactions do not match those transactions');
  for (const kind of Object.values(POSTING_KINDS)) {
    const range = rangeOfKind(kind);
    for await (const _ of reader.rows('removedPostings', range, say));
    for (const stretch of snapshot.state.stretches) {
      for await (const _ of reader.rows('departedPostings', departedRange(stretch, range), say));
    }
  }
  for (const table of ['departures', 'events'] as const) {
    for await (const _ of reader.rows(table, everyKey(TABLES[table]), say));
  }
}

function everyKey(length: number): KeyRange {
  return { min: new Uint8Array(length), max: new Uint8Array(length).fill(0xff) };
}
