import { conditionsOf, type Filter, type FilterCondition } from './filter.ts';
import { inputTruth, outputTruth } from './match-outputs.ts';
import type { MatchSubject, Truth } from './match-subject.ts';
import type { Work } from './work.ts';

/** Matching that costs more points is done in steps. */
export const POINTS_AT_ONCE = 2_000;

/**
 * A subject for which the conditions of a filter on outputs and inputs are decided, one output or input after the other, so that
 * others go first in between: a large transaction may take seconds. Left out is what depends on whether outputs are spent.
 */
export async function decideInSteps({ predicate }: Filter, subject: MatchSubject, work: Work): Promise<MatchSubject> {
  const decided = new Map<FilterCondition, Truth>();
  for (const condition of conditionsOf(predicate)) {
    if (condition.kind !== 'output' && condition.kind !== 'input') continue;
    if (condition.tests.some(({ kind }) => kind === 'spent')) continue;
    decided.set(condition, await truthInSteps(condition, subject, work));
  }
  return { ...subject, decided };
}

async function truthInSteps(
  condition: Extract<FilterCondition, { kind: 'output' | 'input' }>,
  subject: MatchSubject,
  work: Work,
): Promise<Truth> {
  const isOfOutputs = condition.kind === 'output';
  const { length } = isOfOutputs ? subject.transaction.outputs : subject.transaction.inputs;
  let truth: Truth = false;
  for (let i = 0; i < length; i++) {
    const one = isOfOutputs ? outputTruth(condition.tests, i, subject) : inputTruth(condition.tests, i, subject);
    if (one === true) return true;
    if (one === null) truth = null;
    const wait = work.goOn();
    if (wait !== null) await wait;
  }
  return truth;
}
