import { toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { departuresOf } from '../../src/store/departures.ts';
import { type PendingRecord, readPending } from '../../src/store/pending.ts';
import { POSTING_KINDS, positionOf } from '../../src/store/postings.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { type ChainState, decodeState } from '../../src/store/state.ts';
import { type ReadStore, TABLES } from '../../src/store/store.ts';
import { allRows, visibleRows } from './visible-rows.ts';

export async function stateOf(store: Pick<ReadStore, 'readState'>): Promise<ChainState | null> {
  const record = await store.readState();
  return record === null ? null : decodeState(record.value);
}

/** The transactions that are pending in a snapshot, by their arrivals as hex. */
export async function pendingIn(store: ReadStore, snapshot: Snapshot): Promise<Map<string, PendingRecord>> {
  const rows = await allRows(store, 'pending', TABLES.pending);
  const arrivals = rows.map(({ key }) => key).filter((key) => snapshot.seesKey(key));
  const departures = await departuresOf(store, snapshot, arrivals);
  const seen = new Set(arrivals.filter((_, i) => departures[i] === null).map(toHex));
  const pending = new Map<string, PendingRecord>();
  const network = networkById(snapshot.state.network);
  for (const row of rows) {
    const arrival = toHex(row.key);
    if (seen.has(arrival)) pending.set(arrival, await readPending(store, row, network));
  }
  return pending;
}

/**
 * Everything of blocks and unconfirmed transactions that queries can see, as text lines. Two indexes of one node have the
 * same lines, whatever their history. The times and the order of arrivals are left out.
 */
export async function liveRows(store: ReadStore): Promise<string[]> {
  const state = (await stateOf(store))!;
  const pending = await pendingIn(store, Snapshot.latest(state));
  const lines = await visibleRows(store, { withFirstSeen: false });
  lines.push(`mempool ${JSON.stringify(state.mempool)}`);
  for (const record of pending.values()) lines.push(`pending ${described(record)}`);
  for (const { tag, length } of Object.values(POSTING_KINDS)) {
    for (const { key, value } of await allRows(store, 'pendingPostings', 1 + length + 8, tag)) {
      const record = pending.get(toHex(positionOf(key)));
      if (record === undefined) continue;
      const txid = toHex(record.transaction.txid);
      lines.push(`pending posting ${toHex(key.subarray(0, 1 + length))} of ${txid} ${toHex(value)}`);
    }
  }
  return lines.sort();
}

function described({ transaction, spent }: PendingRecord): string {
  const outputs = spent.map((output) => (output === null ? 'unknown' : `${output.value}:${toHex(output.script)}`));
  return `${toHex(transaction.txid)} ${toHex(transaction.bytes)} spends ${outputs.join()}`;
}
