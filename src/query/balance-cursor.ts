import { BitqlError } from '../errors.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { Balance } from './balance.ts';
import { decodeCursor, encodeCursor, type Fingerprint, reorganised, snapshotOf } from './cursor.ts';
import type { ChainReader } from './reader.ts';

/** How far a history of balances has been added up. */
export interface BalanceState {
  /** The last transaction that is added; null before the first one. */
  readonly position: Uint8Array | null;
  /** The sums of all transactions up to there. */
  readonly sums: Balance;
  /** The sums before the period that is not complete yet; equal to `sums` if there is none. */
  readonly before: Balance;
}

const SEPARATOR = '.';
const RADIX = 36;

/**
 * The cursor of a place in a history of balances: that of a list, and the sums up to there, so that no page adds up what earlier ones
 * have. Whoever changes the sums gets wrong ones back, and nobody else does.
 */
export function encodeBalanceCursor(print: Fingerprint, { tip, commit }: Snapshot, state: BalanceState): string {
  const place = { position: state.position!, outputIndex: 0 };
  const numbers = [state.sums, state.before].flatMap((sums) => [sums.received, sums.spent, sums.transactionCount]);
  const text = encodeCursor(print, { tip: tip!, commit }, place);
  return [text, ...numbers.map((number) => number.toString(RADIX))].join(SEPARATOR);
}

/**
 * The place in a history where a page begins, and its snapshot: all pages show the same chain.
 * @throws BAD_CURSOR, CURSOR_EXPIRED
 */
export async function placeOfCursor(
  text: string,
  print: Fingerprint,
  reader: ChainReader,
): Promise<{ readonly state: BalanceState; readonly snapshot: Snapshot }> {
  const [place = '', ...numbers] = text.split(SEPARATOR);
  const cursor = decodeCursor(place, print);
  const values = numbers.map((number) => (/^[0-9a-z]+$/.test(number) ? Number.parseInt(number, RADIX) : Number.NaN));
  if (values.length !== 6 || !values.every(Number.isSafeInteger)) {
    throw new BitqlError('BAD_CURSOR', 'This cursor was changed: give one exactly as it was returned.');
  }
  const snapshot = await snapshotOf(cursor, reader);
  if (snapshot.fork !== null) throw reorganised();
  const [sums, before] = [sumsOf(values.slice(0, 3)), sumsOf(values.slice(3))];
  return { state: { position: cursor.position, sums, before }, snapshot };
}

function sumsOf([received = 0, spent = 0, transactionCount = 0]: readonly number[]): Balance {
  return { received, spent, transactionCount };
}
