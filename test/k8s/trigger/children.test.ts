import { describe, expect, it } from 'vitest';
import { JOB } from '../../../k8s/operator/runtime/kinds.ts';
import { surplus } from '../../../k8s/operator/trigger/apply.ts';
import { type Child, decide, outcomeOf } from '../../../k8s/operator/trigger/children.ts';
import { progressAt } from '../../../k8s/operator/trigger/status.ts';
import { CREATED, JOB_MANIFEST, someTrigger } from './support/some-trigger.ts';

const hash = (height: number) => height.toString(16).padStart(64, '0');

const child = (height: number, outcome: Child['outcome'], template = 'job'): Child => ({
  resource: JOB,
  name: `${template}-${height}`,
  uid: `${height}`,
  template,
  key: hash(height),
  blockHash: hash(height),
  height,
  created: new Date(height * 60_000).toISOString(),
  outcome,
});

const template = (concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace') => ({
  name: 'job',
  concurrencyPolicy,
  manifest: JOB_MANIFEST,
});

describe('the outcome of an object', () => {
  it.each([
    [undefined, 'running'],
    [{}, 'running'],
    [{ active: 1, conditions: [{ type: 'Complete', status: 'False' }] }, 'running'],
    [{ conditions: [{ type: 'Complete', status: 'True' }] }, 'succeeded'],
    [{ conditions: [{ type: 'Failed', status: 'True' }] }, 'failed'],
    [{ phase: 'Running' }, 'running'],
    [{ phase: 'Succeeded' }, 'succeeded'],
    [{ phase: 'Error' }, 'failed'],
    [{ conditions: [{ type: 'Succeeded', status: 'Unknown' }] }, 'running'],
    [{ conditions: [{ type: 'Succeeded', status: 'False' }] }, 'failed'],
  ])('is read from its status: %j', (status, outcome) => {
    expect(outcomeOf(status)).toBe(outcome);
  });
});

describe('a concurrency policy', () => {
  const others = [child(1, 'succeeded'), child(2, 'running'), child(3, 'running', 'another'), child(4, 'running')];

  it('allows all to run', () => {
    expect(decide(template('Allow'), hash(5), others)).toEqual({ isMade: true, replaced: [] });
  });

  it('skips the new one while one of the same template runs', () => {
    expect(decide(template('Forbid'), hash(5), others)).toEqual({ isMade: false, replaced: [] });
    expect(decide(template('Forbid'), hash(5), [child(1, 'succeeded'), child(3, 'running', 'another')]).isMade).toBe(
      true,
    );
  });

  it('replaces the running one of the same template', () => {
    const { isMade, replaced } = decide(template('Replace'), hash(5), others);
    expect([isMade, replaced.map(({ height }) => height)]).toEqual([true, [2, 4]]);
  });

  it('does not apply among the matches of one block', () => {
    expect(decide(template('Forbid'), hash(2), [child(2, 'running')]).isMade).toBe(true);
    expect(decide(template('Replace'), hash(2), [child(2, 'running')]).replaced).toEqual([]);
  });
});

describe('history', () => {
  const heights = [1, 2, 3, 4, 5, 6];
  const { spec } = someTrigger({ history: { succeeded: 2, failed: 1 } });
  const progress = {
    ...progressAt({ hash: hash(6), height: 6 }, CREATED),
    recent: heights.map((height) => ({ key: hash(height), height })),
  };

  it('is kept for each template and outcome, newest first', () => {
    const children = [
      ...heights.map((height) => child(height, height === 6 ? 'running' : 'succeeded')),
      ...heights.map((height) => child(height, 'failed', 'another')),
    ].reverse();
    const names = surplus(children, spec, progress).map(({ name }) => name);
    expect(names.sort()).toEqual([
      'another-1',
      'another-2',
      'another-3',
      'another-4',
      'another-5',
      'job-1',
      'job-2',
      'job-3',
    ]);
  });

  it('keeps objects of a block that is not noted yet, because they prove that it was handled', () => {
    const none = { ...spec, history: { succeeded: 0, failed: 0 } };
    const children = [child(6, 'succeeded'), child(7, 'succeeded'), child(7, 'failed', 'another')];
    expect(surplus(children, none, progress).map(({ name }) => name)).toEqual(['job-6']);
  });
});
