import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { mineCoins } from '../support/coins.ts';
import { eventsBehind, Replay } from '../support/event-replay.ts';
import { type Home, LEASE_SECONDS, mongoHome, pause, sqliteHome, startIndexer } from '../support/indexer-process.ts';
import { expectAsFresh, untilCaughtUp } from '../support/live-index.ts';
import { liveRows, stateOf } from '../support/live-rows.ts';
import { Traffic } from '../support/traffic.ts';
import { expectSameRows } from '../support/visible-rows.ts';

/** Number of pauses of the writer: each of the two at least once. */
const PAUSES = amount({ usual: 2, long: 20 });
/** The lease itself, the polling of a waiting indexer, and the delays of a busy machine. */
const TAKE_OVER_MS = (LEASE_SECONDS * (1 + 1 / 3) + 5) * 1_000;

function describeWriters(bitcoind: string, newHome: () => Home): void {
  describe('of two indexers', () => {
    const sandbox = new Sandbox('writers');
    let node: RegtestNode;
    let traffic: Traffic;
    let home: Home;
    let store: ChainStore;
    let indexers: SandboxProcess[];

    beforeAll(async () => {
      node = await startRegtest({ bitcoind });
      traffic = await Traffic.begin(node, await mineCoins(node, 5 + 3 * PAUSES));
      home = newHome();
      indexers = [startIndexer(sandbox, 'first', { node, home })];
      store = await home.open();
      await until('the first to write', () => holder());
      indexers.push(startIndexer(sandbox, 'second', { node, home }));
      await saysOf(indexers[1]!, 'STORE_BUSY');
    });
    afterAll(async () => {
      await store.close();
      await sandbox.close();
      await home[Symbol.asyncDispose]();
      await node.close();
    });

    /** The process that holds the lease. */
    async function holder(): Promise<SandboxProcess | null> {
      const name = (await stateOf(store))?.lease?.holder;
      return indexers.find(({ pid }) => name?.endsWith(`:${pid}`)) ?? null;
    }

    function other(one: SandboxProcess): SandboxProcess {
      return indexers.find((indexer) => indexer !== one)!;
    }

    async function untilHeldBy(indexer: SandboxProcess): Promise<void> {
      const isHolder = async () => (await holder()) === indexer;
      await until('the other indexer to take over', isHolder, { timeoutMs: TAKE_OVER_MS });
    }

    /** Something happens all the time, so the writer is at work whenever it is stopped. */
    async function busily(work: () => Promise<void>): Promise<void> {
      let isOver = false;
      const over = work().finally(() => {
        isOver = true;
      });
      // Awaited below; until then, a failure must not be an unhandled rejection.
      over.catch(() => {});
      for (let n = 0; !isOver; n++) {
        await delay(20);
        await (n % 5 === 4 ? traffic.mine(1) : traffic.pay(n));
        if (n % 40 === 39) await traffic.reorganise(2, 3);
      }
      await over;
    }

    it(
      'the other takes over when the writer pauses, and later writes of this one cannot be seen',
      async () => {
        for (let n = 0; n < PAUSES; n++) {
          await untilCaughtUp(store, node);
          const replay = (await Replay.begin(store))!;
          const paused = (await holder())!;
          await busily(async () => {
            await delay(Math.random() * 400);
            await pause(paused, home);
            await untilHeldBy(other(paused));
          });
          await untilCaughtUp(store, node);
          const [rows, events, state] = [
            await liveRows(store),
            await eventsBehind(store, replay.place),
            await seen(store),
          ];
          paused.kill('SIGCONT');
          await saysOf(paused, 'LEASE_LOST');
          expectSameRows(await liveRows(store), rows);
          expect(await eventsBehind(store, replay.place)).toEqual(events);
          expect(await seen(store)).toEqual(state);
          expect(paused.result).toBeUndefined();
          await traffic.pay(n);
          await expectAsFresh(store, node);
          await replay.expectPresent();
        }
      },
      PAUSES * 60_000,
    );

    it('the other takes over at once when the writer is killed, and when it is stopped', async () => {
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        await untilCaughtUp(store, node);
        const replay = (await Replay.begin(store))!;
        const gone = (await holder())!;
        const successor = other(gone);
        await busily(async () => {
          await delay(Math.random() * 400);
          gone.kill(signal);
          await untilHeldBy(successor);
        });
        expect(await gone.ended).toBe(signal === 'SIGTERM' ? 0 : signal);
        await expectAsFresh(store, node);
        await replay.expectPresent();
        indexers = [successor, startIndexer(sandbox, `after ${signal}`, { node, home })];
        await saysOf(indexers[1]!, 'STORE_BUSY');
      }
    });
  });
}

/** The state record, without the holder and its progress. */
async function seen(store: ChainStore): Promise<Omit<ChainState, 'lease' | 'progress'>> {
  const { lease, progress, ...rest } = (await stateOf(store))!;
  return rest;
}

/** Resolves when an indexer has logged something since it last took over, if it ever did. */
async function saysOf(indexer: SandboxProcess, code: string): Promise<void> {
  const latest = () => indexer.output().split('Indexing').at(-1)!;
  await until(`the indexer to say ${code}`, () => latest().includes(code));
}

describeWith('bitcoind')('a SQLite file', ({ bitcoind }) => {
  describeWriters(bitcoind, sqliteHome);
});

describeWith('bitcoind', 'mongodb')('a MongoDB database', ({ bitcoind, mongodbUri }) => {
  describeWriters(bitcoind, () => mongoHome(mongodbUri));
});
