import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainFiles } from '../../bench/chain/make-chain.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { decodeState } from '../../src/store/state.ts';
import { BITQL, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { expectSameRows, visibleRows } from '../support/visible-rows.ts';

/** How often the indexer is killed. */
const KILLS = amount({ usual: 4, long: 100 });
/** Seven groups of rows, so as many commits. */
const TRANSACTIONS = 40_000;
/** The longest life as a share of an undisturbed run, so that each run is killed several times. */
const LONGEST_LIFE = 0.6;

/** The place of an index; `close` empties it. */
interface Home {
  readonly store: string;
  close(): Promise<void>;
}

let blocks: string;
const blockFiles = new Sandbox('kill-blocks');

beforeAll(async () => {
  blocks = (await chainFiles({ transactions: TRANSACTIONS, folder: blockFiles.folder })).folder;
});

afterAll(() => blockFiles.close());

function describeKills(newHome: () => Home): void {
  describe('an import that is killed at random moments', () => {
    const sandbox = new Sandbox('kill');
    /** The rows of an undisturbed run, and its duration in milliseconds. */
    let undisturbed: string[];
    let duration: number;

    beforeAll(async () => {
      const home = newHome();
      const start = performance.now();
      expect(await startImport(home).ended).toBe(0);
      duration = performance.now() - start;
      undisturbed = await rowsOf(home);
      await home.close();
    });

    afterAll(() => sandbox.close());

    /** A cache that is too small for the outputs, so that they are looked up in the store as well. */
    function startImport({ store }: Home): SandboxProcess {
      const args = ['import', blocks, '--store', store, '--cache', '1', '--sqlite-cache', '2'];
      return sandbox.start('bitql', process.execPath, [BITQL, ...args], cleanEnvironment());
    }

    /** Ends with a complete index. @returns how often the indexer was killed, at most as often as allowed */
    async function killedImport(home: Home, mostKills: number): Promise<number> {
      for (let kills = 0; ; kills++) {
        const indexer = startImport(home);
        if (kills < mostKills) await Promise.race([delay(Math.random() * LONGEST_LIFE * duration), indexer.ended]);
        else await indexer.ended;
        if (indexer.result !== undefined) {
          expect(indexer.result, indexer.output()).toBe(0);
          return kills;
        }
        indexer.kill('SIGKILL');
        await indexer.ended;
      }
    }

    it(
      `leaves the index of an undisturbed run after ${KILLS} kills`,
      async () => {
        for (let left = KILLS; left > 0; ) {
          const home = newHome();
          left -= await killedImport(home, left);
          expectSameRows(await rowsOf(home), undisturbed);
          await home.close();
        }
      },
      120_000 + KILLS * 30_000,
    );
  });
}

/** Everything that a query can see. The lease was released. */
async function rowsOf({ store: location }: Home): Promise<string[]> {
  const store = await openStore(parseStoreLocation(location)!, { cacheMiB: 8 });
  try {
    expect(decodeState((await store.readState())!.value).lease).toBeNull();
    return await visibleRows(store);
  } finally {
    await store.close();
  }
}

describe('an import into SQLite', () => {
  describeKills(() => {
    const sandbox = new Sandbox('kill-store');
    return { store: `sqlite:${sandbox.folder}/chain.db`, close: () => sandbox.close() };
  });
});

describeWith('mongodb')('an import into MongoDB', ({ mongodbUri }) => {
  describeKills(() => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    return { store: uri, close: drop };
  });
});
