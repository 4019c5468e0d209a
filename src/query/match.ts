import { equalBytes } from '../chain/bytes.ts';
import { isData, type Push, someElement } from '../chain/data.ts';
import { dataOffset, dataStart, elementAt } from '../chain/script.ts';
import type { Transaction } from '../chain/transaction.ts';
import type { KnownOutput } from '../store/transactions.ts';
import type { Bounds, BytesCondition, DataCondition, Filter, PushCondition } from './filter.ts';

/** A transaction to match with a filter. */
export interface MatchSubject {
  readonly transaction: Transaction;
  /** The outputs that its inputs spend; null for an unknown one. Empty for a coinbase. */
  readonly spent: readonly (KnownOutput | null)[];
  /** Null while it is unconfirmed. */
  readonly height: number | null;
  /** The time of its block, in unix seconds; null while it is unconfirmed. */
  readonly time: number | null;
  /** Whether it left the mempool and is in no block [no]. */
  readonly removed?: boolean;
}

/** Whether a transaction matches. Decided from its bytes, whatever index led to it. */
export function matches(filter: Filter, subject: MatchSubject): boolean {
  const { transaction } = subject;
  return (
    (filter.txids === null || filter.txids.some((txid) => equalBytes(txid, transaction.txid))) &&
    (filter.lockingScript === null || touches(subject, filter.lockingScript)) &&
    isInside(filter.heights, subject.height) &&
    isInside(filter.times, subject.time) &&
    (filter.confirmed === null || filter.confirmed === (subject.height !== null)) &&
    filter.removed === (subject.removed ?? false) &&
    (filter.coinbase === null || filter.coinbase === transaction.isCoinbase) &&
    holdsData(filter.data, transaction)
  );
}

/** The cost of examining a candidate, even a cached one, in points. */
const POINTS_OF_CANDIDATE = 2;
/** Bytes of a script that one condition on pushes can be matched with for one point. */
const BYTES_OF_POINT = 2_048;

/** The cost in points of matching a filter with a transaction, without reading it. */
export function matchingPoints({ data }: Filter, { bytes }: Transaction): number {
  const conditions = data.reduce((sum, { pushes }) => sum + pushes.length, 0);
  return POINTS_OF_CANDIDATE + Math.floor((conditions * bytes.length) / BYTES_OF_POINT);
}

function pushMatches({ kind, bytes }: BytesCondition, push: Push): boolean {
  if (!isData(push)) return false;
  const { data } = push;
  if (kind === 'equals') return equalBytes(data, bytes);
  return data.length >= bytes.length && equalBytes(data.subarray(0, bytes.length), bytes);
}

function touches({ transaction, spent }: MatchSubject, lockingScript: Uint8Array): boolean {
  return (
    transaction.outputs.some((output) => equalBytes(output.lockingScript, lockingScript)) ||
    spent.some((output) => output !== null && equalBytes(output.lockingScript, lockingScript))
  );
}

function isInside(bounds: Bounds | null, value: number | null): boolean {
  return bounds === null || (value !== null && bounds.from <= value && value <= bounds.to);
}

function holdsData(conditions: readonly DataCondition[], { outputs }: Transaction): boolean {
  return conditions.every(({ pushes }) =>
    outputs.some(({ lockingScript }) => dataOffset(lockingScript) > 0 && dataMatches(pushes, lockingScript)),
  );
}

/** Matches conditions with the script without creating elements: it may have as many pushes as bytes. */
function dataMatches(conditions: readonly PushCondition[], script: Uint8Array): boolean {
  return conditions.every(({ index, match }) =>
    someElement(script, (at, end, i) => {
      if (index !== null && i !== index) return false;
      return match === null || (mayMatch(script, at, end, match) && pushMatches(match, elementAt(script, at, end)));
    }),
  );
}

/** Whether the element may match, so that it is worth creating: most have another length. */
function mayMatch(script: Uint8Array, at: number, end: number, { kind, bytes }: BytesCondition): boolean {
  const from = dataStart(script, at);
  // A rest is compared from its opcode on.
  if (end > script.length) return true;
  const length = end - from;
  // Opcodes of small numbers have no data bytes.
  if (length === 0) return bytes.length <= 1;
  if (kind === 'equals' ? length !== bytes.length : length < bytes.length) return false;
  return bytes.length === 0 || script[from] === bytes[0];
}
