import { hashFromHex } from '../../src/chain/bytes.ts';
import { arrivalsFor } from '../../src/store/lookup.ts';
import { departuresOf } from '../../src/store/pending.ts';
import type { RemovalReason } from '../../src/store/records/departure.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { stateOf } from './live-rows.ts';

/** What became of a transaction that was pending: why it is not any more, and which other one is to blame. */
export interface Fate {
  readonly reason: RemovalReason;
  readonly by: string | null;
}

/** The last thing that happened to an unconfirmed transaction; null for one that is pending, or never was. */
export async function fateOf(store: ReadStore, txid: string): Promise<Fate | null> {
  const snapshot = Snapshot.latest((await stateOf(store))!);
  const [arrivals] = await arrivalsFor(store, 'txid', [hashFromHex(txid)]);
  const counted = arrivals!.filter((arrival) => snapshot.seesKey(arrival));
  const [last] = await departuresOf(store, snapshot, counted.slice(0, 1));
  return last == null ? null : { reason: last.reason, by: last.by };
}
