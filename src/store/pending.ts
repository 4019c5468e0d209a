import { concatBytes } from '../chain/bytes.ts';
import type { Network } from '../chain/networks.ts';
import { COMMIT_NUMBER_LENGTH, type CommitNumber, decodeCommitNumber, encodeCommitNumber } from './commit-number.ts';
import { type Departure, decodeDeparture } from './records/departure.ts';
import { type PendingRecord, readPending } from './records/pending.ts';
import type { Snapshot } from './snapshot.ts';
import type { KeyRange, ReadStore, Row } from './store.ts';

const EPOCH_AT = 0;
const EPOCH_LENGTH = 3;
const MAX_EPOCH = 0x7f_ffff;

/** The keys of `pending`. */
export const EVERY_ARRIVAL: KeyRange = {
  min: new Uint8Array(COMMIT_NUMBER_LENGTH),
  max: new Uint8Array(COMMIT_NUMBER_LENGTH).fill(0xff),
};

/** The key of a departure: arrival (8), epoch (3) of the writer that took it away. */
export function departureKey(arrival: Uint8Array, epoch: number): Uint8Array {
  const number = encodeCommitNumber({ epoch, counter: 0 });
  return concatBytes(arrival, number.subarray(EPOCH_AT, EPOCH_LENGTH));
}

/** A departure and the commit that it came with. */
export interface NumberedDeparture extends Departure {
  readonly number: CommitNumber;
}

/** One with the arrival that it is about. */
export interface DepartureRow extends NumberedDeparture {
  readonly arrival: Uint8Array;
}

/** The departures of all that arrived up to some number, in the order of arrival. */
export function departuresUpTo(arrival: CommitNumber): KeyRange {
  const min = departureKey(encodeCommitNumber({ epoch: 0, counter: 0 }), 0);
  return { min, max: departureKey(encodeCommitNumber(arrival), MAX_EPOCH) };
}

/** Reads a row of `departures`, which may be of a commit that was never made. */
export function readDeparture({ key, value }: Row): DepartureRow {
  const departure = decodeDeparture(value);
  const { epoch } = decodeCommitNumber(concatBytes(key.subarray(COMMIT_NUMBER_LENGTH), new Uint8Array(5)));
  return {
    ...departure,
    arrival: key.subarray(0, COMMIT_NUMBER_LENGTH),
    number: { epoch, counter: departure.counter },
  };
}

/** For each arrival, in order, how it stopped being pending by the snapshot; null for what is pending in it. */
export async function departuresOf(
  store: Pick<ReadStore, 'get'>,
  snapshot: Snapshot,
  arrivals: readonly Uint8Array[],
): Promise<(NumberedDeparture | null)[]> {
  const asked = arrivals.flatMap((arrival, i) =>
    epochsFrom(decodeCommitNumber(arrival).epoch, snapshot).map((epoch) => ({ i, epoch, arrival })),
  );
  const found: (NumberedDeparture | null)[] = arrivals.map(() => null);
  if (asked.length === 0) return found;
  const values = await store.get(
    'departures',
    asked.map(({ arrival, epoch }) => departureKey(arrival, epoch)),
  );
  for (const [k, { i, epoch }] of asked.entries()) {
    const value = values[k];
    if (value == null || found[i] !== null) continue;
    const departure = decodeDeparture(value);
    // A writer that was cut off leaves rows of commits that never happened.
    const number = { epoch, counter: departure.counter };
    if (snapshot.includes(number)) found[i] = { ...departure, number };
  }
  return found;
}

/** The unconfirmed transactions at the given arrivals, in their order; null where there is none (any more). */
export async function pendingAt(
  store: ReadStore,
  arrivals: readonly Uint8Array[],
  network: Network,
): Promise<(PendingRecord | null)[]> {
  const values = await store.get('pending', arrivals);
  return Promise.all(
    arrivals.map(async (key, i) =>
      values[i] == null ? null : readPending(store, { key, value: values[i] } satisfies Row, network),
    ),
  );
}

/** The epochs, from one on, whose writers may have made commits that the snapshot includes. */
function epochsFrom(first: number, { state, commit }: Snapshot): number[] {
  const past = Object.keys(state.epochs).map(Number);
  return [...past, state.epoch].filter((epoch) => epoch >= first && epoch <= commit.epoch).sort((a, b) => a - b);
}
