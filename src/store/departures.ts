import { ByteWriter } from '../chain/byte-writer.ts';
import { ByteReader, concatBytes, hashFromHex, hashToHex } from '../chain/bytes.ts';
import {
  COMMIT_NUMBER_LENGTH,
  type CommitNumber,
  compareCommitNumbers,
  decodeCommitNumber,
  encodeCommitNumber,
} from './commit-number.ts';
import type { Snapshot } from './snapshot.ts';
import type { ChainState } from './state.ts';
import type { KeyRange, ReadStore, Row } from './store.ts';

/** Why a transaction is no longer pending. */
export const REMOVAL_REASONS = [
  /** It is in a block. */
  'mined',
  /** A transaction that pays more and spends an output of it took its place (BIP 125). */
  'replaced',
  /** A block holds another transaction that spends an output of it. */
  'conflict',
  /** The node's mempool was full, and it paid too little. */
  'evicted',
  /** It waited for too long. */
  'expired',
  /** A reorganisation took the block that it, or something that it depends on, was in. */
  'reorganised',
  /** The node found it, or what it depends on, invalid. */
  'invalid',
  /** The node does not say. */
  'unknown',
] as const;
export type RemovalReason = (typeof REMOVAL_REASONS)[number];

/** How a transaction stopped being pending. */
export interface Departure {
  /** Of the commit that took it away, in the epoch that the row's key names. */
  readonly counter: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly reason: RemovalReason;
  /** The transaction that replaced it or that it conflicts with, in display-order hex; null if there is none. */
  readonly by: string | null;
}

/** Layout: counter, time, reason (1), nothing or a txid (32). */
export function encodeDeparture({ counter, at, reason, by }: Departure): Uint8Array {
  const writer = new ByteWriter(64).compactSize(counter).compactSize(at).u8(REMOVAL_REASONS.indexOf(reason));
  if (by !== null) writer.bytes(hashFromHex(by));
  return writer.finish();
}

export function decodeDeparture(bytes: Uint8Array): Departure {
  const reader = new ByteReader(bytes);
  return {
    counter: reader.compactSize(),
    at: reader.compactSize(),
    // A reason of a newer version is one that this one does not know.
    reason: REMOVAL_REASONS[reader.u8()] ?? 'unknown',
    by: reader.remaining === 0 ? null : hashToHex(reader.bytes(32)),
  };
}

const EPOCH_AT = 0;
const EPOCH_LENGTH = 3;
const MAX_EPOCH = 0x7f_ffff;

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

/** The epochs, from one on, whose writers may have made commits that the snapshot includes. */
function epochsFrom(first: number, { state, commit }: Snapshot): number[] {
  const past = Object.keys(state.epochs).map(Number);
  return [...past, state.epoch].filter((epoch) => epoch >= first && epoch <= commit.epoch).sort((a, b) => a - b);
}

/*
 * What has gone would cost whoever looks for what is pending. So its postings move to `departedPostings`, where only
 * those look whose snapshot is older than its going. That table is divided by the time of going into stretches, each laid out
 * as `pendingPostings` is: a snapshot needs the last ones alone, and reads them in the order of its list.
 */

/** A stretch takes so many departures and lasts so long at least, of the hour for which it is kept: so there are few, and each is small. */
const LEAST = 256;
const LEAST_MS = 60_000;

/** The key of a posting in the stretch that begins with a commit. */
export function departedKey(stretch: CommitNumber, postingKey: Uint8Array): Uint8Array {
  return concatBytes(encodeCommitNumber(stretch), postingKey);
}

/** A range of postings within a stretch. */
export function departedRange(stretch: CommitNumber, { min, max }: KeyRange): KeyRange {
  return { min: departedKey(stretch, min), max: departedKey(stretch, max) };
}

/** The key that a posting had while its transaction was pending. */
export function pendingKeyOf(departedKey: Uint8Array): Uint8Array {
  return departedKey.subarray(COMMIT_NUMBER_LENGTH);
}

/** The stretches that hold what went behind a commit. */
export function stretchesSince(commit: CommitNumber, { stretches }: Pick<ChainState, 'stretches'>): CommitNumber[] {
  return stretches.filter((_, i) => {
    const next = stretches[i + 1];
    return next === undefined || compareCommitNumbers(next, commit) > 0;
  });
}

/** Whether a stretch has taken enough, and the next commit begins another. */
export function isFull(departures: number, lastedMs: number): boolean {
  return departures >= LEAST && lastedMs >= LEAST_MS;
}
