import { expect, it } from 'vitest';
import { until } from '../../src/dev/until.ts';
import { behind } from '../../src/live/live-place.ts';
import { Tail } from '../../src/live/tail.ts';
import { addressesTopic, transactionsTopic } from '../../src/live/topic.ts';
import { NO_FILTER } from '../../src/query/filter.ts';
import { endOf, openLog } from '../../src/store/event-log.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';

const SILENT = { warn() {} };

it('whoever comes while something is being told is let in when that is over, and is not told half of it', async () => {
  const chain = await MovingChain.create([]);
  const gate = Promise.withResolvers<void>();
  let isHeld = false;
  const store: ReadStore = {
    scan: (...args) => chain.store.scan(...args),
    readState: () => chain.store.readState(),
    async get(table, keys) {
      isHeld = true;
      await gate.promise;
      return chain.store.get(table, keys);
    },
  };
  const begin = behind(endOf((await openLog(chain.store)).commit));
  const tail = new Tail({ store, bell: null, log: SILENT });
  const all = transactionsTopic(NO_FILTER);
  const first = (await tail.join(all, null))!;
  const made = chain.make([{ txid: new Uint8Array(32), index: 0 }], [{ value: 0, script: p2pkhScript(5) }]);
  await chain.commit({ arrive: [made] });
  await until('the tail to be telling', () => isHeld);
  const joining = tail.join(addressesTopic(new Map([['five', p2pkhScript(5)]])), begin);
  const fresh = tail.join(all, null);
  gate.resolve();
  expect(await joining).toBeNull();
  expect((await fresh)!.place).toEqual(behind(endOf((await openLog(chain.store)).commit)));
  expect(await first.next()).toBe(0);
  for (const listener of [first, (await fresh)!]) tail.leave(all, listener);
  await chain.close();
});
