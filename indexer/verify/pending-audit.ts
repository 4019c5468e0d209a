import { mapKey } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import { departuresOf } from '../../src/store/pending.ts';
import { POSTING_KINDS, positionOf } from '../../src/store/postings.ts';
import { readPending } from '../../src/store/records/pending.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import { type KeyRange, TABLES } from '../../src/store/store.ts';
import { addPostings } from '../rows.ts';
import type { Findings } from './findings.ts';
import { PostingSums } from './posting-sums.ts';
import { type TolerantReader, tolerating } from './tolerant-reader.ts';

/** All keys of postings of a kind. */
export function rangeOfKind({ tag, length }: { readonly tag: number; readonly length: number }): KeyRange {
  const min = new Uint8Array(1 + length + 8);
  const max = new Uint8Array(min.length).fill(0xff);
  min[0] = max[0] = tag;
  return { min, max };
}

/** Holds what is pending in a snapshot against its postings, and reads through what was. */
export async function auditPending(
  reader: TolerantReader,
  snapshot: Snapshot,
  network: Network,
  findings: Findings,
): Promise<void> {
  const say = (what: string) => findings.add(null, what);
  const sums = new PostingSums(1);
  const pending = new Set<string>();
  const height = (snapshot.tip?.height ?? -1) + 1;
  for await (const rows of reader.rows('pending', everyKey(TABLES.pending), say)) {
    const arrived = rows.filter(({ key }) => snapshot.seesKey(key));
    const keys = arrived.map(({ key }) => key);
    const departures = await tolerating(() => departuresOf(reader.store, snapshot, keys), say);
    for (const [i, row] of arrived.entries()) {
      if (departures === null || departures[i] !== null) continue;
      const record = await tolerating(() => readPending(reader.store, row, network), say);
      if (record === null) continue;
      const { transaction, spent } = record;
      const postings = new RowPacker();
      addPostings(
        { transaction, spent, position: row.key, height, network, hasCoins: true, firstSeen: null },
        { postings },
      );
      sums.expect(0, postings.finish());
      pending.add(mapKey(row.key));
    }
  }
  const count = snapshot.state.mempool?.count ?? pending.size;
  if (pending.size !== count)
    say(`${pending.size} unconfirmed transactions can be read, where there should be ${count}`);
  for (const kind of Object.values(POSTING_KINDS)) {
    for await (const rows of reader.rows('pendingPostings', rangeOfKind(kind), say)) {
      for (const row of rows) if (pending.has(mapKey(positionOf(row.key)))) sums.find(0, row);
    }
  }
  for (const _ of sums.differences()) say('the postings of what is unconfirmed are not those of its transactions');
  for (const table of ['departures', 'events'] as const) {
    for await (const _ of reader.rows(table, everyKey(TABLES[table]), say));
  }
}

function everyKey(length: number): KeyRange {
  return { min: new Uint8Array(length), max: new Uint8Array(length).fill(0xff) };
}
