import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Sandbox } from '../../../dev/sandbox.ts';
import { until } from '../../../dev/until.ts';
import { parseStoreLocation } from '../../../src/store/location.ts';
import { openStore } from '../../../src/store/open.ts';
import { decodeState } from '../../../src/store/state.ts';
import { ChainWriter } from '../../../src/store/writer.ts';
import { describeWith } from '../../services/suite.ts';
import { amount } from '../../support/amount.ts';
import { temporaryDatabase } from '../../support/temporary-store.ts';
import { WRITER_OPTIONS, wrongBlocks } from './numbered-blocks.ts';
import { untilSwept } from './stored-runs.ts';

const CHILD = fileURLToPath(new URL('killed-writer.ts', import.meta.url));
const KILLS = amount({ usual: 6, long: 100 });
/** Some dozens of commits, and merges in several steps. */
const LONGEST_LIFE_MS = 1_500;

/** @param newStore the location of an empty store, and what removes it */
function itLosesNothing(newStore: (sandbox: Sandbox) => { location: string; remove(): Promise<void> }): void {
  it(
    `has the postings of each commit once, and no others, after ${KILLS} kills`,
    async () => {
      await using sandbox = new Sandbox('kill-runs');
      const { location, remove } = newStore(sandbox);
      const open = () => openStore(parseStoreLocation(location)!, { cacheMiB: 4 });
      for (let i = 0; i < KILLS; i++) {
        const child = sandbox.start(`writer-${i}`, process.execPath, [CHILD, location]);
        await until('the first commit', () => child.output() !== '');
        await delay(Math.random() * LONGEST_LIFE_MS);
        child.kill('SIGKILL');
        expect(await child.ended, child.output()).toBe('SIGKILL');
        const store = await open();
        const { tip } = decodeState((await store.readState())!.value);
        expect(tip!.height).toBeGreaterThanOrEqual(Number(child.output().split('\n').at(-1)));
        expect(await wrongBlocks(store, tip!.height)).toEqual([]);
        await store.close();
      }
      const store = await open();
      const writer = await ChainWriter.acquire(store, { ...WRITER_OPTIONS, holder: 'last' });
      await store.settle();
      await writer.release();
      expect(await store.damagedRuns(new AbortController().signal)).toEqual([]);
      expect(await wrongBlocks(store, writer.state.tip!.height)).toEqual([]);
      // Closing drops what was merged.
      await store.close();
      const reader = await open();
      await untilSwept(reader);
      expect(await wrongBlocks(reader, writer.state.tip!.height)).toEqual([]);
      await reader.close();
      await remove();
    },
    60_000 + KILLS * 20_000,
  );
}

describeWith()('a writer of runs in SQLite', () => {
  itLosesNothing(({ folder }) => ({ location: `sqlite:${folder}/chain.db`, remove: async () => {} }));
});

describeWith('mongodb')('a writer of runs in MongoDB', ({ mongodbUri }) => {
  itLosesNothing(() => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    return { location: uri, remove: drop };
  });
});
