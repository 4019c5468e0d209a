import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packRows } from '../../../src/store/packed-rows.ts';
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { StoreThread } from '../../../src/store/sqlite/store-thread.ts';
import { type ChainStore, TABLES } from '../../../src/store/store.ts';
import { BATCH_ROWS, countedBatches, EVERYTHING, numberedBatch } from './numbered-batches.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-threads-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function open(cacheMiB = 4): Promise<ChainStore> {
  return SqliteStore.open(join(folder, 'chain.db'), { cacheMiB });
}

describe('a SQLite store', () => {
  it('reads urgent requests first, and does not read for requests that have ended', async () => {
    const store = await open();
    await store.write(numberedBatch(1));
    const over = new AbortController();
    let done = 0;
    const patient = Array.from({ length: 50 }, async () => {
      await store.scan('runPages', [EVERYTHING], { limit: BATCH_ROWS, isPatient: true });
      done += 1;
    });
    const gone = store.scan('runPages', [EVERYTHING], { limit: 1, isPatient: true, signal: over.signal });
    over.abort(new Error('gone'));
    await store.scan('runPages', [EVERYTHING], { limit: BATCH_ROWS });
    expect(done).toBeLessThan(10);
    await expect(gone).rejects.toThrow('gone');
    await Promise.all(patient);
    await store.close();
  });

  it('can be read by another store while it writes', async () => {
    const [writing, reading] = [await open(), await open()];
    let written = 0;
    let isDone = false;
    async function write(): Promise<void> {
      for (let batch = 0; batch < 120; batch++) {
        await writing.write(numberedBatch(batch));
        written += 1;
      }
      isDone = true;
    }
    async function read(store: ChainStore): Promise<number> {
      let reads = 0;
      while (!isDone) {
        const before = written;
        const counts = await countedBatches(store, reads++ % 2 === 1);
        for (let batch = 0; batch < before; batch++) expect(counts.get(batch)).toBe(BATCH_ROWS);
      }
      return reads;
    }
    const [, ...reads] = await Promise.all([write(), read(reading), read(writing)]);
    expect(Math.min(...reads)).toBeGreaterThan(2);
    await Promise.all([writing.close(), reading.close()]);
  });

  it('sees its own writes at once, though another thread reads them', async () => {
    const store = await open();
    for (let batch = 0; batch < 100; batch++) {
      const rows = numberedBatch(batch);
      const key = rows.get('runPages')!.bytes.slice(0, TABLES.runPages);
      await store.write(rows);
      expect((await store.get('runPages', [key]))[0]).not.toBeNull();
    }
    await store.close();
  });

  it('can be closed at any moment, and finishes the requests before it', async () => {
    for (let round = 0; round < 8; round++) {
      const store = await open();
      const batches = Array.from({ length: 5 }, (_, i) => store.write(numberedBatch(5 * round + i)));
      const closed = Promise.all([store.close(), store.close()]);
      await Promise.all(batches);
      await closed;
      await expect(store.write(new Map([['runPages', packRows([])]]))).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
    }
    const store = await open();
    expect((await countedBatches(store)).size).toBe(40);
    await store.close();
  });

  it('has no writing thread until it writes', async () => {
    const threads = (): number => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    await (await open()).close().then(async () => {
      const made = await open();
      await made.write(numberedBatch(1));
      await made.close();
    });
    const before = threads();
    const store = await open();
    await store.readState();
    const reading = threads() - before;
    await store.write(numberedBatch(0));
    expect(threads() - before).toBe(2 * reading);
    await store.close();
  });
});

describe('a thread of the store that dies', () => {
  it('fails the calls under way and all later ones', async () => {
    const code = `import { parentPort } from 'node:worker_threads';
      parentPort.postMessage({ id: 0, result: null });
      parentPort.on('message', () => { throw new Error('out of luck'); });`;
    const deaths: string[] = [];
    const thread = await StoreThread.start<{ close: { args: null; result: null } }>(
      new URL(`data:text/javascript,${encodeURIComponent(code)}`),
      { file: 'chain.db' },
      ({ message }) => deaths.push(message),
    );
    const calls = [thread.call('close', null), thread.call('close', null)];
    for (const call of [...calls, ...calls.map(() => thread.call('close', null))]) {
      await expect(call).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('out of luck'),
      });
    }
    expect(deaths).toHaveLength(1);
    await thread.close();
  });
});
