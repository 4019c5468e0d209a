import { expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { WriterTurns } from '../../../src/store/sqlite/writer-turns.ts';

/** The writing thread without a store; it keeps a list of its work. */
function turnsOwing(owed: number, due = owed): { turns: WriterTurns; done: string[] } {
  const done: string[] = [];
  let merged = 0;
  const turns = new WriterTurns({
    answer: ({ call }) => void done.push(call),
    merge() {
      if (merged === due) return false;
      merged += 1;
      done.push('merge');
      return true;
    },
    get owesMerging() {
      return merged < owed;
    },
  });
  return { turns, done };
}

function take(turns: WriterTurns, ...calls: string[]): void {
  for (const [id, call] of calls.entries()) turns.take({ id, call, args: null });
}

async function whenDone(done: string[], count: number): Promise<string[]> {
  await until('the turns', () => done.length >= count);
  return done;
}

it('a change of the state waits neither for writes nor for merges', async () => {
  const { turns, done } = turnsOwing(2);
  take(turns, 'write', 'compareAndSetState', 'write');
  expect(await whenDone(done, 5)).toEqual(['compareAndSetState', 'merge', 'merge', 'write', 'write']);
});

it('writes go before merges that are not owed, which run when nobody waits', async () => {
  const { turns, done } = turnsOwing(0, 3);
  take(turns, 'write', 'write');
  expect(await whenDone(done, 5)).toEqual(['write', 'write', 'merge', 'merge', 'merge']);
});

it('owed merges are skipped if the store is closing, and nothing runs after the close', async () => {
  const { turns, done } = turnsOwing(10);
  take(turns, 'write', 'write', 'close');
  expect(await whenDone(done, 3)).toEqual(['write', 'write', 'close']);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(done).toHaveLength(3);
});
