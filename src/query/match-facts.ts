import type { Snapshot } from '../store/snapshot.ts';
import { conditionsOf, type Filter } from './filter.ts';
import { truthOf } from './match.ts';
import type { MatchSubject, Truth } from './match-subject.ts';
import type { ChainReader } from './reader.ts';
import type { TransactionView } from './transaction-view.ts';
import type { Budget } from './work.ts';

/** What a filter needs to know of a transaction beside its bytes. */
export interface Needs {
  readonly time: boolean;
  readonly firstSeen: boolean;
  readonly spent: boolean;
}

export function needsOf({ predicate }: Filter): Needs {
  const conditions = conditionsOf(predicate);
  return {
    time: conditions.some(({ kind }) => kind === 'time'),
    firstSeen: conditions.some(({ kind }) => kind === 'firstSeen'),
    spent: conditions.some(
      (condition) => condition.kind === 'output' && condition.tests.some(({ kind }) => kind === 'spent'),
    ),
  };
}

/** The transaction as a subject of a filter, with what the filter needs, except what spends its outputs. */
export async function subjectOf(node: TransactionView, needs: Needs, reader: ChainReader): Promise<MatchSubject> {
  const { transaction, spent, height, departure, network } = node;
  const block = needs.time ? await reader.blockOf(node) : null;
  const firstSeen = needs.firstSeen ? await reader.firstSeenOf(node) : null;
  return {
    network,
    transaction,
    spent,
    height,
    time: block?.header.time ?? null,
    firstSeen,
    removed: departure !== null,
  };
}

/** Outputs whose spenders are read together. */
const AT_ONCE = 128;

interface SpendSearch {
  readonly node: TransactionView;
  readonly snapshot: Snapshot;
  readonly reader: ChainReader;
  readonly budget: Budget;
}

/**
 * Whether a transaction matches a filter that asks whether outputs are spent. Only the spenders of outputs on which the
 * answer depends are read.
 */
export async function matchesWithSpends(
  filter: Filter,
  subject: MatchSubject,
  { node, snapshot, reader, budget }: SpendSearch,
): Promise<boolean> {
  const known = new Map<number, boolean>();
  for (;;) {
    const asked: number[] = [];
    const isSpent = (index: number): Truth => {
      const spent = known.get(index);
      if (spent === undefined && asked.length < AT_ONCE) asked.push(index);
      return spent ?? null;
    };
    const truth = truthOf(filter, { ...subject, isSpent });
    if (truth !== null || asked.length === 0) return truth === true;
    budget.spend(asked.length);
    const spenders = await Promise.all(asked.map((index) => reader.spenderOf(node, index, snapshot)));
    for (const [i, index] of asked.entries()) known.set(index, spenders[i] !== null);
  }
}
