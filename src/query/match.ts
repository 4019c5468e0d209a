import { equalBytes } from '../chain/bytes.ts';
import { isData, type Push, someElement } from '../chain/data.ts';
import { dataOffset, dataStart, elementAt } from '../chain/script.ts';
import type { Transaction } from '../chain/transaction.ts';
import type { KnownOutput } from '../store/transactions.ts';
import type { Bounds, BytesCondition, DataCondition, Filter, PushCondition } from './filter.ts';

/** What a filter is held against. */
export interface MatchSubject {
  readonly transaction: Transaction;
  /** The outputs that its inputs spend; null for one that is not known. Empty for a coinbase. */
  readonly spent: readonly (KnownOutput | null)[];
  /** Null while it is unconfirmed. */
  readonly height: number | null;
  /** Of its block, in unix seconds; null while it is unconfirmed. */
  readonly time: number | null;
  /** Whether it left the mempool without being in a block [no]. */
  readonly removed?: boolean;
}

/** Whether a transaction matches, from its own bytes: the last word, whatever index led to it. */
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

/** What it costs to look at a possible match, however often it was looked at before, in points. */
const POINTS_OF_CANDIDATE = 2;
/** Of a script that one condition on a push is held against for a point. */
const BYTES_OF_POINT = 2_048;

/** What it costs to hold a filter against a transaction, beside what it costs to read that. */
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

/** Conditions are held against the script itself: it may have as many pushes as bytes. */
function dataMatches(conditions: readonly PushCondition[], script: Uint8Array): boolean {
  return conditions.every(({ index, match }) =>
    someElement(script, (at, end, i) => {
      if (index !== null && i !== index) return false;
      return match === null || (mayMatch(script, at, end, match) && pushMatches(match, elementAt(script, at, end)));
    }),
  );
}

/** Whether the element is worth taking apart: most are not even of the length. */
function mayMatch(script: Uint8Array, at: number, end: number, { kind, bytes }: BytesCondition): boolean {
  const from = dataStart(script, at);
  // All that is left counts, from its opcode on.
  if (end > script.length) return true;
  const length = end - from;
  // Small numbers are in their opcodes.
  if (length === 0) return bytes.length <= 1;
  if (kind === 'equals' ? length !== bytes.length : length < bytes.length) return false;
  return bytes.length === 0 || script[from] === bytes[0];
}
