import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Run, type RunId, runName, wholeRun } from '../../../src/store/runs/run.ts';
import { type PassedRun, RunList } from '../../../src/store/runs/run-list.ts';

function run(id: RunId): Run {
  return wholeRun(id, { rows: 1, pages: 10, filters: 1, heights: [0, 0] });
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
    arbitrary: fc.record({
      kind: fc.constant('merge' as const),
      at: fc.nat(5),
      count: fc.integer({ min: 1, max: 4 }),
      left: fc.nat(4),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('empty' as const), at: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('name' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** The pages of each run that were passed. */
class PassedPages {
  readonly #pages = new Map<string, Set<number>>();

  add(passed: readonly PassedRun[]): void {
    for (const { before, rest } of passed) {
      const name = runName(before);
      const pages = this.#pages.get(name) ?? new Set();
      for (let page = before.firstPage; page < (rest?.firstPage ?? before.pages); page++) pages.add(page);
      this.#pages.set(name, pages);
    }
  }

  has(id: RunId, page: number): boolean {
    return this.#pages.get(runName(id))?.has(page) ?? false;
  }
}

/** Writes and merges runs while states are set; each state is set some time after its runs were named. */
function live(actions: readonly Action[]): void {
  const list = writersList();
  let state: readonly Run[] = [];
  let named: readonly Run[] | null = null;
  let revision = 1;
  /** Each run that counts. */
  let expected: Run[] = [];
  const passed = new PassedPages();
  const empty = new Set<string>();
  for (const action of actions) {
    switch (action.kind) {
      case 'write': {
        const made = run(list.nextId());
        expected.push(made);
        list.add(made);
        break;
      }
      case 'merge':
      case 'empty': {
        const sources = list.runs.slice(action.at, action.kind === 'merge' ? action.at + action.count : action.at + 1);
        if (sources.length === 0) break;
        const id = list.nextId();
        const target = { ...run(id), rows: action.kind === 'merge' ? 1 : 0 };
        if (target.rows === 0) empty.add(runName(id));
        // Of some sources only the first pages are passed.
        const rest = sources
          .filter(({ firstPage }, i) => action.kind === 'merge' && firstPage + i < 9 && i < action.left)
          .map((one, i) => ({ ...one, firstPage: one.firstPage + i }));
        expected = [...expected.filter((one) => !names(sources).includes(runName(one))), ...rest];
        if (target.rows > 0) expected.push(target);
        list.replace({ sources, target, rest });
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
        passed.add(list.observe({ revision, epoch: 1, runs: state }));
        break;
    }
    expect(versions(list.runs)).toEqual(versions(expected));
    expect(versions(list.naming(state))).toEqual(versions(expected));
    for (const one of [...list.runs, ...state]) {
      expect(list.firstNeeded(one)).toBeLessThanOrEqual(one.firstPage);
      for (let page = one.firstPage; page < one.pages; page++) {
        expect(passed.has(one, page), `page ${page} of ${runName(one)} was dropped`).toBe(false);
      }
    }
  }
  state = list.naming(state);
  passed.add(list.observe({ revision: revision + 1, epoch: 1, runs: state }));
  expect(versions(state)).toEqual(versions(expected));
  // Runs that were written and then replaced are dropped at the latest with the next state that names another run.
  const last = run(list.nextId());
  list.add(last);
  passed.add(list.observe({ revision: revision + 2, epoch: 1, runs: [...state, last] }));
  for (let number = 1; number < last.number; number++) {
    const id = { epoch: 1, number };
    if (empty.has(runName(id))) continue;
    const firstPage = expected.find((one) => one.number === number)?.firstPage ?? run(id).pages;
    for (let page = 0; page < firstPage; page++) expect(passed.has(id, page), `${runName(id)}/${page}`).toBe(true);
  }
}

function versions(runs: readonly Run[]): string[] {
  return runs.map((run) => `${runName(run)}/${run.firstPage}`).sort();
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
    const rest = { ...b, firstPage: 3 };
    list.replace({ sources: [a, b], target: merged, rest: [rest] });
    expect(list.runs).toEqual([merged, rest]);
    expect([a, b, merged].map((one) => list.firstNeeded(one))).toEqual([0, 0, 0]);
    expect([a, b, rest].map((one) => list.has(one))).toEqual([false, false, true]);
    expect(list.observe({ revision: 3, epoch: 1, runs: [merged, rest] })).toEqual([
      { before: a, rest: null },
      { before: b, rest },
    ]);
    expect([a, b].map((one) => list.firstNeeded(one))).toEqual([null, 3]);
  });

  it('count for nothing once another process is the writer, also those that it was still writing', () => {
    const list = writersList();
    const [written, begun, target] = [list.nextId(), list.nextId(), list.nextId()].map(run) as [Run, Run, Run];
    const others = [run({ epoch: 2, number: 1 })];
    list.add(written);
    list.observe({ revision: 2, epoch: 2, runs: others });
    list.add(begun);
    list.replace({ sources: [written], target, rest: [] });
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
