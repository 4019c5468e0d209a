import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { missingHeights } from '../../src/store/families.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { type Home, mongoHome, sqliteHome } from '../support/indexer-process.ts';
import { stateOf } from '../support/live-rows.ts';
import { expectSameRows, visibleRows } from '../support/visible-rows.ts';
import { InputDataCaller } from './input-data-caller.ts';
import { type KnownData, writeInputDataChain } from './input-data-chain.ts';

/** How often the work is killed. */
const KILLS = amount({ usual: 6, long: 100 });
/** More than a query may search without an index; many stretches of work, of which the first in each life has 16 blocks. */
const BLOCKS = 1_200;
const TRANSACTIONS_OF_BLOCK = 20;
/** The longest life, and the longest one after a commit, in milliseconds. */
const LONGEST_LIFE = 2_000;
const LONGEST_AFTER_COMMIT = 100;

const chain = new Sandbox('add-index-chain');
const blocks = `${chain.folder}/blocks`;
let known: KnownData[];

beforeAll(() => {
  known = writeInputDataChain(blocks, BLOCKS, TRANSACTIONS_OF_BLOCK);
});

afterAll(() => chain.close());

function describeKills(newHome: () => Home): void {
  const sandbox = new Sandbox('add-index');
  /** The rows of an index that had the postings from the beginning. */
  let whole: string[];

  beforeAll(async () => {
    await using home = newHome();
    await importInto(home, '--index', 'inputs');
    whole = await reading(home, visibleRows);
  });

  afterAll(() => sandbox.close());

  it(
    `leave a whole index after ${KILLS} kills, and no query misses a match meanwhile`,
    async () => {
      for (let left = KILLS; left > 0; ) {
        await using home = newHome();
        await importInto(home);
        const gateway = await GatewayProcess.start(sandbox, home);
        await using caller = new InputDataCaller(gateway.url, known);
        left -= await addThroughKills(sandbox, home, left);
        await caller.askForAll();
        expect(caller.answers).toEqual({ inRange: expect.toSatisfy(isSome), refused: expect.toSatisfy(isSome) });
        expectSameRows(await reading(home, visibleRows), whole);
        expect((await reading(home, stateOf))!.lease).toBeNull();
        const verified = await bitql(['verify-store', '--store', home.location]);
        expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('The index has no damage')]);
      }
    },
    180_000 + KILLS * 60_000,
  );
}

const isSome = (count: number) => count > 0;

async function importInto({ location }: Home, ...args: string[]): Promise<void> {
  const { code, stderr } = await bitql(['import', blocks, '--store', location, ...args]);
  expect(code, stderr).toBe(0);
}

async function reading<T>(home: Home, read: (store: ChainStore) => Promise<T>): Promise<T> {
  const store = await home.open();
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}

/** Ends with a complete index. @returns how often the command was killed, at most as often as allowed */
function addThroughKills(sandbox: Sandbox, home: Home, mostKills: number): Promise<number> {
  return reading(home, async (store) => {
    const lacking = [await blocksLacking(store)];
    for (let kills = 0; ; kills++) {
      const running = startReindex(sandbox, home);
      await Promise.race([running.ended, ...(kills < mostKills ? [momentToKill(store, kills)] : [])]);
      if (running.result !== undefined) {
        expect(running.result, running.output()).toBe(0);
        // It continued where it was, and was killed on the way.
        expect(lacking).toEqual(lacking.toSorted((a, b) => b - a));
        expect(kills === 0 || lacking.some((count) => 0 < count && count < BLOCKS)).toBe(true);
        return kills;
      }
      running.kill('SIGKILL');
      await running.ended;
      lacking.push(await blocksLacking(store));
    }
  });
}

function startReindex(sandbox: Sandbox, { location }: Home): SandboxProcess {
  const args = [BITQL, 'reindex', '--index', 'inputs', '--store', location, '--sqlite-cache', '2'];
  return sandbox.start('reindex', process.execPath, args, cleanEnvironment());
}

/** At first soon after a commit, so that some of the work is done; then at any time. */
async function momentToKill(store: ChainStore, kills: number): Promise<void> {
  if (kills % 2 === 1) return delay(Math.random() * LONGEST_LIFE);
  const before = await blocksLacking(store);
  await until('blocks to be filled', async () => (await blocksLacking(store)) < before, { intervalMs: 1 });
  return delay(Math.random() * LONGEST_AFTER_COMMIT);
}

/** All of them while the index is not to have the postings. */
async function blocksLacking(store: ChainStore): Promise<number> {
  const state = (await stateOf(store))!;
  return missingHeights(state, 'inputs').reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

describe('added to SQLite, postings of inputs', () => describeKills(sqliteHome));

describeWith('mongodb')('added to MongoDB, postings of inputs', ({ mongodbUri }) => {
  describeKills(() => mongoHome(mongodbUri));
});
