import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { fromHex, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { endOfEvent } from '../../src/live/live-event.ts';
import { Tail } from '../../src/live/tail.ts';
import { addressesTopic, transactionsTopic } from '../../src/live/topic.ts';
import { NO_FILTER } from '../../src/query/filter.ts';
import { endOf, openLog } from '../../src/store/event-log.ts';
import { EVERY_FAMILY } from '../../src/store/postings.ts';
import { readingStore } from '../support/altered-store.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';

const SILENT = { warn() {} };

it('a subscriber that joins during a delivery begins after it, and does not receive half of it', async () => {
  const chain = await MovingChain.create([]);
  const gate = Promise.withResolvers<void>();
  let isHeld = false;
  const store = readingStore(chain.store, {
    async read(lookUps, options) {
      if (lookUps.some(({ keys }) => keys.length > 0)) {
        isHeld = true;
        await gate.promise;
      }
      return chain.store.read(lookUps, options);
    },
  });
  const present = async () => {
    const { commit, state } = await openLog(chain.store);
    return endOfEvent(endOf(commit), state);
  };
  const begin = await present();
  const tail = new Tail({ store, bell: null, log: SILENT });
  const all = transactionsTopic(NO_FILTER, networkById('btc-regtest'), EVERY_FAMILY);
  const first = (await tail.join(all, null))!;
  const made = chain.make([{ txid: new Uint8Array(32), index: 0 }], [{ value: 0, script: p2pkhScript(5) }]);
  await chain.commit({ arrive: [made] });
  await until('the tail to be telling', () => isHeld);
  const joining = tail.join(addressesTopic(new Map([['five', p2pkhScript(5)]])), begin);
  const fresh = tail.join(all, null);
  gate.resolve();
  expect(await joining).toBeNull();
  expect((await fresh)!.place).toEqual(await present());
  expect(await first.next()).toBe(0);
  for (const listener of [first, (await fresh)!]) tail.leave(all, listener);
  await chain.close();
});

it('reports to both of two subscribers whose addresses have hashes that begin alike', async () => {
  const scripts = ['7e26f9', '8ce2b8'].map((key) => fromHex(`76a914${key.padStart(40, '0')}88ac`));
  const beginnings = scripts.map((script) => hash('sha256', JSON.stringify([toHex(script)])));
  expect(beginnings[0]!.slice(0, 12)).toBe(beginnings[1]!.slice(0, 12));
  const chain = await MovingChain.create([]);
  const tail = new Tail({ store: chain.store, bell: null, log: SILENT });
  const [one, other] = scripts.map((script) => addressesTopic(new Map([['it', script]])));
  const [first, second] = [(await tail.join(one!, null))!, (await tail.join(other!, null))!];
  const made = chain.make([{ txid: new Uint8Array(32), index: 0 }], [{ value: 0, script: scripts[1]! }]);
  await chain.commit({ arrive: [made] });
  expect(await second.next()).toBe(0);
  tail.leave(one!, first);
  tail.leave(other!, second);
  await chain.close();
});

it('the memory of recent events holds equal parts once', async () => {
  const chain = await MovingChain.create([]);
  await chain.commit({ connect: [[]] });
  await chain.commit({ disconnect: 1, connect: [[], []] });
  const tail = new Tail({ store: chain.store, bell: null, log: SILENT });
  const all = transactionsTopic(NO_FILTER, networkById('btc-regtest'), EVERY_FAMILY);
  const listener = (await tail.join(all, null))!;
  for (const index of [0, 1]) {
    const made = chain.make([{ txid: new Uint8Array(32), index }], [{ value: 0, script: p2pkhScript(5) }]);
    await chain.commit({ arrive: [made] });
    await until('it to be told', () => tail.recent.get(index) !== undefined);
  }
  const [one, other] = [0, 1].map((number) => tail.recent.get(number)!.snapshot.state);
  expect(one!.commit).toBeLessThan(other!.commit);
  expect(one!.forks).toEqual({ 1: 1 });
  expect(other!.forks).toBe(one!.forks);
  tail.leave(all, listener);
  await chain.close();
});
