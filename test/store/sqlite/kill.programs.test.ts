import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Sandbox } from '../../../dev/sandbox.ts';
import { until } from '../../../dev/until.ts';
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { amount } from '../../support/amount.ts';
import { BATCH_ROWS, countedBatches } from './numbered-batches.ts';

const CHILD = fileURLToPath(new URL('writing-child.ts', import.meta.url));
const KILLS = amount({ usual: 6, long: 100 });
/** Some hundreds of batches. */
const LONGEST_LIFE_MS = 500;

it(
  `a process that is killed ${KILLS} times while it writes loses no written rows`,
  async () => {
    await using sandbox = new Sandbox('kill-sqlite');
    const file = `${sandbox.folder}/chain.db`;
    let next = 0;
    for (let i = 0; i < KILLS; i++) {
      // Rows that were written before are written again.
      const child = sandbox.start(`writer-${i}`, process.execPath, [CHILD, file, String(Math.max(0, next - 20))]);
      await until('the first batch', () => child.output() !== '');
      await delay(Math.random() * LONGEST_LIFE_MS);
      child.kill('SIGKILL');
      expect(await child.ended, child.output()).toBe('SIGKILL');
      const written = Number(child.output().split('\n').at(-1)) + 1;
      next = Math.max(next, written);
      const store = await SqliteStore.open(file, { cacheMiB: 4 });
      for (const reverse of [false, true]) {
        const counts = await countedBatches(store, reverse);
        expect([...counts.values()].every((count) => count === BATCH_ROWS)).toBe(true);
        for (let batch = 0; batch < next; batch++) expect(counts.has(batch)).toBe(true);
        // The last one may have been written without being reported.
        expect(counts.size).toBeLessThanOrEqual(next + 1);
      }
      await store.close();
    }
  },
  60_000 + KILLS * 5_000,
);
