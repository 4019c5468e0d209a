import { feeOf } from '../chain/transaction.ts';
import type { Bounds, Filter, FilterCondition, NumberField, Predicate } from './filter.ts';
import { someInput, someOutput } from './match-outputs.ts';
import { isInRange } from './match-pushes.ts';
import type { MatchSubject, Truth } from './match-subject.ts';

/** Whether a transaction matches. Decided from its bytes, whatever index led to it. */
export function matches(filter: Filter, subject: MatchSubject): boolean {
  return truthOf(filter, subject) === true;
}

/** As {@link matches}; null if it depends on a value that is not known. */
export function truthOf({ removed, predicate }: Filter, subject: MatchSubject): Truth {
  return removed === (subject.removed ?? false) && truthOfPredicate(predicate, subject);
}

function truthOfPredicate(predicate: Predicate, subject: MatchSubject): Truth {
  if (!('of' in predicate)) {
    const { condition } = predicate;
    const decided = subject.decided?.get(condition);
    const truth = decided === undefined ? truthOfCondition(condition, subject) : decided;
    return predicate.op === 'is' || truth === null ? truth : !truth;
  }
  const decisive = predicate.op === 'or';
  let truth: Truth = !decisive;
  for (const member of predicate.of) {
    const one = truthOfPredicate(member, subject);
    if (one === decisive) return decisive;
    if (one === null) truth = null;
  }
  return truth;
}

function truthOfCondition(condition: FilterCondition, subject: MatchSubject): Truth {
  const { transaction, height } = subject;
  switch (condition.kind) {
    case 'txid':
      return condition.txids.has(transaction.txid);
    case 'address':
      return touches(condition, subject);
    case 'height':
      return height !== null && isInside(condition.bounds, height);
    case 'time':
      return subject.time !== null && isInside(condition.bounds, subject.time);
    case 'firstSeen':
      return subject.firstSeen == null ? null : isInside(condition.bounds, subject.firstSeen);
    case 'confirmed':
      return height !== null;
    case 'coinbase':
      return transaction.isCoinbase;
    case 'hasWitness':
      return transaction.hasWitness;
    case 'signalsReplacement':
      return !transaction.isCoinbase && transaction.inputs.some(({ sequence }) => sequence < LOWEST_FINAL_SEQUENCE);
    case 'output':
      return someOutput(condition.tests, subject);
    case 'input':
      return someInput(condition.tests, subject);
    default: {
      const value = NUMBERS[condition.kind](subject);
      return value === null ? null : isInRange(condition.range, value);
    }
  }
}

/** BIP 125: a lower number of any input signals that the transaction may be replaced. */
const LOWEST_FINAL_SEQUENCE = 0xffff_fffe;

const NUMBERS: Readonly<Record<NumberField, (subject: MatchSubject) => number | null>> = {
  fee: ({ transaction, spent }) => feeOf(transaction, spent),
  feeRate: ({ transaction, spent }) => {
    const fee = feeOf(transaction, spent);
    return fee === null ? null : fee / transaction.virtualSize;
  },
  size: ({ transaction }) => transaction.size,
  virtualSize: ({ transaction }) => transaction.virtualSize,
  weight: ({ transaction }) => transaction.weight,
  outputValue: ({ transaction }) => transaction.outputs.reduce((sum, { value }) => sum + value, 0),
  inputCount: ({ transaction }) => transaction.inputCount,
  outputCount: ({ transaction }) => transaction.outputCount,
  version: ({ transaction }) => transaction.version,
  lockTime: ({ transaction }) => transaction.lockTime,
};

function touches(
  { scripts }: Extract<FilterCondition, { kind: 'address' }>,
  { transaction, spent }: MatchSubject,
): Truth {
  if (transaction.outputs.some(({ lockingScript }) => scripts.has(lockingScript))) return true;
  if (spent.some((output) => output !== null && scripts.has(output.lockingScript))) return true;
  return transaction.isCoinbase || spent.every((output) => output !== null) ? false : null;
}

function isInside({ from, to }: Bounds, value: number): boolean {
  return from <= value && value <= to;
}
