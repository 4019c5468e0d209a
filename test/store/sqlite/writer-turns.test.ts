import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { WriterTurns } from '../../../src/store/sqlite/writer-turns.ts';

function take(turns: WriterTurns, ...calls: string[]): void {
  for (const [id, call] of calls.entries()) turns.take({ id, call, args: null });
}

it('changes of the state go before waiting writes', async () => {
  const done: string[] = [];
  take(new WriterTurns(({ call }) => done.push(call)), ...['write', 'compareAndSetState', 'write', 'close']);
  await until('the turns', () => done.length === 4);
  expect(done).toEqual(['compareAndSetState', 'write', 'write', 'close']);
});

it('also those that arrive during a write', async () => {
  const { port1, port2 } = new MessageChannel();
  const done: string[] = [];
  const turns = new WriterTurns(({ call }) => {
    if (done.length === 0) port1.postMessage('compareAndSetState');
    done.push(call);
  });
  port2.on('message', (call) => take(turns, call));
  take(turns, 'write', 'write', 'write');
  await until('the turns', () => done.length === 4);
  expect(done).toEqual(['write', 'compareAndSetState', 'write', 'write']);
  port1.close();
});
