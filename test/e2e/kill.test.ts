import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, parseStoreLocation } from '../../src/store/open.ts';
import { decodeState } from '../../src/store/state.ts';
import { describeWith } from '../services/suite.ts';
import { type RegtestNode, startRegtest } from '../support/regtest.ts';
import { Sandbox, type SandboxProcess } from '../support/sandbox.ts';
import { temporaryDatabase } from '../support/temporary-database.ts';
import { until } from '../support/until.ts';
import { buildVariedChain } from '../support/varied-chain.ts';
import { visibleRows } from '../support/visible-rows.ts';

const BITQL = fileURLToPath(new URL('../../bin/bitql.js', import.meta.url));
/** How often the indexer is killed; BITQL_KILLS=100 makes it a long test. */
const KILLS = Number(process.env.BITQL_KILLS ?? 6);
/** Starting takes about half a second and indexing the other half: kills fall into all of it. */
const LONGEST_LIFE_MS = 1_000;

function describeKills(bitcoind: string, home: () => { store: string; close(): Promise<void> }): void {
  describe('killed at any moment', () => {
    const sandbox = new Sandbox('kill');
    let node: RegtestNode;
    let tip: string;

    beforeAll(async () => {
      node = await startRegtest({ bitcoind });
      await buildVariedChain(node);
      const hashes = await node.mine(1_500);
      tip = hashes.at(-1)!;
    }, 120_000);

    afterAll(async () => {
      await sandbox.close();
      await node.close();
    });

    const start = (store: string): SandboxProcess =>
      sandbox.start('bitql', process.execPath, [
        BITQL,
        'index',
        '--node',
        node.urlWithPassword,
        '--store',
        store,
        '--poll',
        '50',
      ]);

    /** Lets an indexer reach the tip, stops it as a user would, and reads what it left. */
    async function finish(location: string): Promise<string[]> {
      const indexer = start(location);
      const store = await openStore(parseStoreLocation(location)!, { cacheMiB: 8 });
      await until('the tip', async () => {
        if (indexer.result !== undefined) throw new Error(`the indexer ended:\n${indexer.output()}`);
        const record = await store.readState();
        return record !== null && decodeState(record.value).tip?.hash === tip;
      });
      indexer.kill('SIGTERM');
      expect(await indexer.ended).toBe(0);
      expect(decodeState((await store.readState())!.value).lease).toBeNull();
      const rows = await visibleRows(store);
      await store.close();
      return rows;
    }

    it(
      `${KILLS} times, it leaves the index of an undisturbed run`,
      async () => {
        const [killed, undisturbed] = [home(), home()];
        for (let i = 0; i < KILLS; i++) {
          const indexer = start(killed.store);
          await Promise.race([delay(Math.random() * LONGEST_LIFE_MS), indexer.ended]);
          expect(indexer.result, indexer.output()).toBeUndefined();
          indexer.kill('SIGKILL');
          await indexer.ended;
        }
        expect(await finish(killed.store)).toEqual(await finish(undisturbed.store));
        await Promise.all([killed.close(), undisturbed.close()]);
      },
      60_000 + KILLS * 5_000,
    );
  });
}

describeWith('bitcoind')('an indexer into SQLite', ({ bitcoind }) => {
  describeKills(bitcoind, () => {
    const sandbox = new Sandbox('kill-store');
    return { store: `sqlite:${sandbox.folder}/chain.db`, close: () => sandbox.close() };
  });
});

describeWith('bitcoind', 'mongodb')('an indexer into MongoDB', ({ bitcoind, mongodbUri }) => {
  describeKills(bitcoind, () => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    return { store: uri, close: drop };
  });
});
