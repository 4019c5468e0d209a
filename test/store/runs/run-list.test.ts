import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Run, type RunId, runName } from '../../../src/store/runs/run.ts';
import { RunList } from '../../../src/store/runs/run-list.ts';

function run(id: RunId): Run {
  return { ...id, rows: 1, pages: 1, filters: 1, heights: [0, 0] };
}

function names(runs: readonly RunId[]): string[] {
  return runs.map(runName).sort();
}

/** A writer in its first epoch. */
function writersList(): RunList {
  const list = new RunList();
  list.own(1);
  list.observe({ revision: 1, epoch: 1, runs: [] });
  return list;
}

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('write' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('merge' as const), at: fc.nat(5), count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('empty' as const), at: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('name' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** Writes and merges runs while states are set; each state is set some time after its runs were named. */
function live(actions: readonly Action[]): void {
  const list = writersList();
  let state: readonly Run[] = [];
  let named: readonly Run[] | null = null;
  let revision = 1;
  let expected: RunId[] = [];
  const dropped = new Set<string>();
  const empty = new Set<string>();
  for (const action of actions) {
    switch (action.kind) {
      case 'write': {
        const id = list.nextId();
        expected.push(id);
        list.add(run(id));
        break;
      }
      case 'merge':
      case 'empty': {
        const sources = list.runs.slice(action.at, action.kind === 'merge' ? action.at + action.count : action.at + 1);
        if (sources.length === 0) break;
        const id = list.nextId();
        expected = expected.filter((one) => !names(sources).includes(runName(one)));
        if (action.kind === 'merge') expected.push(id);
        else empty.add(runName(id));
        list.replace(sources, id, action.kind === 'merge' ? run(id) : null);
        break;
      }
      case 'name':
        named = list.naming(state);
        break;
      case 'set':
        if (named === null) break;
        state = named;
        named = null;
        revision += 1;
        for (const one of list.observe({ revision, epoch: 1, runs: state })) dropped.add(runName(one));
        break;
    }
    expect(names(list.runs)).toEqual(names(expected));
    expect(names(list.naming(state))).toEqual(names(expected));
    for (const one of [...list.runs, ...state]) {
      expect(list.isNeeded(one)).toBe(true);
      expect(dropped.has(runName(one)), `${runName(one)} was dropped`).toBe(false);
    }
  }
  state = list.naming(state);
  for (const one of list.observe({ revision: revision + 1, epoch: 1, runs: state })) dropped.add(runName(one));
  expect(names(state)).toEqual(names(expected));
  // Runs that were written and then replaced are dropped at the latest with the next state that names another run.
  const id = list.nextId();
  list.add(run(id));
  for (const one of list.observe({ revision: revision + 2, epoch: 1, runs: [...state, run(id)] }))
    dropped.add(runName(one));
  const kept = new Set(names([...expected, id]));
  for (let number = 1; number <= id.number; number++) {
    const name = runName({ epoch: 1, number });
    expect(kept.has(name) || dropped.has(name) || empty.has(name), name).toBe(true);
  }
}

describe('the runs of a writer', () => {
  it('are named by its next state, whatever is merged meanwhile, and dropped when none names them any more', () => {
    fc.assert(fc.property(fc.array(action, { maxLength: 60 }), live), { numRuns: 2_000 });
  });

  it('stay needed until a state is set that does not name them', () => {
    const list = writersList();
    const [a, b, merged] = [list.nextId(), list.nextId(), list.nextId()].map(run) as [Run, Run, Run];
    list.add(a);
    list.add(b);
    list.observe({ revision: 2, epoch: 1, runs: [a, b] });
    list.replace([a, b], merged, merged);
    expect(list.runs).toEqual([merged]);
    expect([a, b, merged].every((one) => list.isNeeded(one))).toBe(true);
    expect(list.observe({ revision: 3, epoch: 1, runs: [merged] })).toEqual([a, b]);
    expect(list.isNeeded(a)).toBe(false);
  });

  it('count for nothing once another process is the writer, also those that it was still writing', () => {
    const list = writersList();
    const [written, begun, target] = [list.nextId(), list.nextId(), list.nextId()].map(run) as [Run, Run, Run];
    const others = [run({ epoch: 2, number: 1 })];
    list.add(written);
    list.observe({ revision: 2, epoch: 2, runs: others });
    list.add(begun);
    list.replace([written], target, target);
    expect(list.isOfOther).toBe(true);
    expect(list.runs).toEqual(others);
    expect(list.naming(others)).toEqual(others);
    list.own(3);
    expect(list.runs).toEqual(others);
    expect(list.firstEpoch).toBe(3);
  });

  it('outlive the end of its term if the next one is its own as well', () => {
    const list = writersList();
    const [written, begun] = [list.nextId(), list.nextId()].map(run) as [Run, Run];
    list.add(written);
    list.own(2);
    list.observe({ revision: 2, epoch: 2, runs: [] });
    list.add(begun);
    expect(names(list.naming([]))).toEqual(names([written, begun]));
    expect(list.nextId()).toEqual({ epoch: 2, number: 1 });
    // Nothing of the epoch before may be swept: it may still be writing there.
    expect(list.firstEpoch).toBeLessThanOrEqual(1);
  });

  it('have other names in each process, even before there is a state', () => {
    expect(runName(new RunList().nextId())).not.toBe(runName(new RunList().nextId()));
  });
});
