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
  /** A transaction that spends one of the same outputs and pays more replaced it (BIP 125). */
  'replaced',
  /** A block holds another transaction that spends one of the same outputs. */
  'conflict',
  /** The node's mempool was full, and it paid too low a fee. */
  'evicted',
  /** It waited too long. */
  'expired',
  /** A reorganisation disconnected its block, or that of a transaction that it depends on. */
  'reorganised',
  /** The node found it, or a transaction that it depends on, invalid. */
  'invalid',
  /** The node does not report it. */
  'unknown',
] as const;
export type RemovalReason = (typeof REMOVAL_REASONS)[number];

/** How a transaction stopped being pending. */
export interface Departure {
  /** The counter of the commit that removed it; the epoch is in the key of the row. */
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
    // A newer version may write reasons that this one does not know.
    reason: REMOVAL_REASONS[reader.u8()] ?? 'unknown',
    by: reader.remaining === 0 ? null : hashToHex(reader.bytes(32)),
  };
}

const EPOCH_AT = 0;
const EPOCH_LENGTH = 3;
const MAX_EPOCH = 0x7f_ffff;

/** The key of a departure: arrival (8), epoch (3) of the writer that removed the transaction. */
export function departureKey(arrival: Uint8Array, epoch: number): Uint8Array {
  const number = encodeCommitNumber({ epoch, counter: 0 });
  return concatBytes(arrival, number.subarray(EPOCH_AT, EPOCH_LENGTH));
}

/** A departure and the number of its commit. */
export interface NumberedDeparture extends Departure {
  readonly number: CommitNumber;
}

/** A departure with the arrival of its transaction. */
export interface DepartureRow extends NumberedDeparture {
  readonly arrival: Uint8Array;
}

/** The departures of all transactions that arrived up to a number, in the order of arrival. */
export function departuresUpTo(arrival: CommitNumber): KeyRange {
  const min = departureKey(encodeCommitNumber({ epoch: 0, counter: 0 }), 0);
  return { min, max: departureKey(encodeCommitNumber(arrival), MAX_EPOCH) };
}

/** Reads a row of `departures`. Its commit may never have been made. */
export function readDeparture({ key, value }: Row): DepartureRow {
  const departure = decodeDeparture(value);
  const { epoch } = decodeCommitNumber(concatBytes(key.subarray(COMMIT_NUMBER_LENGTH), new Uint8Array(5)));
  return {
    ...departure,
    arrival: key.subarray(0, COMMIT_NUMBER_LENGTH),
    number: { epoch, counter: departure.counter },
  };
}

/** For each arrival, in order, how it had stopped being pending by the snapshot; null if it is pending in it. */
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
    // A killed writer leaves rows of commits that were never made.
    const number = { epoch, counter: departure.counter };
    if (snapshot.includes(number)) found[i] = { ...departure, number };
  }
  return found;
}

/** The epochs, from `first` on, whose writers may have made commits that the snapshot includes. */
function epochsFrom(first: number, { state, commit }: Snapshot): number[] {
  const past = Object.keys(state.epochs).map(Number);
  return [...past, state.epoch].filter((epoch) => epoch >= first && epoch <= commit.epoch).sort((a, b) => a - b);
}

/*
 * Postings of departed transactions would slow down reads of pending ones. So they move to `departedPostings`, which only
 * snapshots older than the departure read. That table is divided by time of departure into stretches, each laid out like
 * `pendingPostings`. A snapshot reads only the last stretches, in the order of its list.
 */

/** A stretch ends after at least this many departures and this long. It is kept for an hour, so there are few, and each is small. */
const LEAST = 256;
const LEAST_MS = 60_000;

/** The key of a posting in the stretch that begins with the given commit. */
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

/** The stretches that hold departures after a commit. */
export function stretchesSince(commit: CommitNumber, { stretches }: Pick<ChainState, 'stretches'>): CommitNumber[] {
  return stretches.filter((_, i) => {
    const next = stretches[i + 1];
    return next === undefined || compareCommitNumbers(next, commit) > 0;
  });
}

/** Whether a stretch is full, so that the next commit begins another. */
export function isFull(departures: number, lastedMs: number): boolean {
  return departures >= LEAST && lastedMs >= LEAST_MS;
}
