import { equalBytes } from '../chain/bytes.ts';
import { dataPushes, isData, type Push } from '../chain/data.ts';
import type { Transaction } from '../chain/transaction.ts';
import type { KnownOutput } from '../store/records/transaction.ts';
import type { Bounds, DataCondition, Filter, PushCondition } from './filter.ts';

/** What a filter is held against. */
export interface Subject {
  readonly transaction: Transaction;
  /** The outputs that its inputs spend; null for one that is not known. Empty for a coinbase. */
  readonly spent: readonly (KnownOutput | null)[];
  /** Null while it is unconfirmed. */
  readonly height: number | null;
  /** Of its block, in unix seconds; null while it is unconfirmed. */
  readonly time: number | null;
}

/** Whether a transaction matches, from its own bytes: the last word, whatever index led to it. */
export function matches(filter: Filter, subject: Subject): boolean {
  const { transaction } = subject;
  return (
    (filter.txids === null || filter.txids.some((txid) => equalBytes(txid, transaction.txid))) &&
    (filter.lockingScript === null || touches(subject, filter.lockingScript)) &&
    isInside(filter.heights, subject.height) &&
    isInside(filter.times, subject.time) &&
    (filter.confirmed === null || filter.confirmed === (subject.height !== null)) &&
    (filter.coinbase === null || filter.coinbase === transaction.isCoinbase) &&
    holdsData(filter.data, transaction)
  );
}

/** Of a script that one condition on a push is held against for a point. */
const BYTES_OF_POINT = 2_048;

/** What it costs to hold a filter against a transaction, in points, beside what it costs to read that. */
export function matchingPoints({ data }: Filter, { bytes }: Transaction): number {
  const conditions = data.reduce((sum, { pushes }) => sum + pushes.length, 0);
  return Math.floor((conditions * bytes.length) / BYTES_OF_POINT);
}

/** Whether a push satisfies a condition, wherever it stands. */
export function pushMatches({ match }: PushCondition, push: Push): boolean {
  if (match === null) return true;
  if (!isData(push)) return false;
  const { data } = push;
  const { kind, bytes } = match;
  if (kind === 'equals') return equalBytes(data, bytes);
  return data.length >= bytes.length && equalBytes(data.subarray(0, bytes.length), bytes);
}

function touches({ transaction, spent }: Subject, lockingScript: Uint8Array): boolean {
  return (
    transaction.outputs.some((output) => equalBytes(output.lockingScript, lockingScript)) ||
    spent.some((output) => output !== null && equalBytes(output.lockingScript, lockingScript))
  );
}

function isInside(bounds: Bounds | null, value: number | null): boolean {
  return bounds === null || (value !== null && bounds.from <= value && value <= bounds.to);
}

function holdsData(conditions: readonly DataCondition[], transaction: Transaction): boolean {
  if (conditions.length === 0) return true;
  const outputs = transaction.outputs
    .map((output) => dataPushes(output.lockingScript))
    .filter((pushes) => pushes !== null);
  return conditions.every((condition) => outputs.some((pushes) => dataMatches(condition, pushes)));
}

function dataMatches({ pushes: conditions }: DataCondition, pushes: readonly Push[]): boolean {
  return conditions.every((condition) =>
    condition.index === null
      ? pushes.some((push) => pushMatches(condition, push))
      : condition.index < pushes.length && pushMatches(condition, pushes[condition.index]!),
  );
}
