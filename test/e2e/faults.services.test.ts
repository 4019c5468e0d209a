import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { decodeState } from '../../src/store/state.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { FaultyProxy } from '../support/faulty-proxy.ts';
import { describeWithDisks, SmallDisk } from '../support/small-disk.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../support/temporary-store.ts';
import { expectSameRows, visibleRows } from '../support/visible-rows.ts';
import { writeBlockFolder } from './block-folder.ts';
import { longChain } from './long-chain.ts';
import { RandomCuts } from './random-cuts.ts';

/** How long the database is away after the indexer has logged that it waits. */
const OUTAGE_MS = amount({ usual: 0, long: 60_000 });
/** How often connections are cut. */
const CUTS = amount({ usual: 6, long: 200 });
/** Enough blocks for six commits, each of a few MiB. */
const CHAIN = { small: 160, large: 40 };
const CHAIN_BYTES = CHAIN.large * 1024 * 1024;

const sandbox = new Sandbox('faults');
const blocks = join(sandbox.folder, 'blocks');
/** The rows of an undisturbed run. */
let undisturbed: string[];

beforeAll(async () => {
  writeBlockFolder(blocks, longChain(CHAIN), 'btc-regtest');
  const indexer = startImport('undisturbed', 'sqlite:undisturbed.db');
  expect(await indexer.ended, indexer.output()).toBe(0);
  undisturbed = await rowsOf(`sqlite:${sandbox.folder}/undisturbed.db`);
});

afterAll(() => sandbox.close());

/** A small cache, so that outputs are looked up in the store as well; a short lease, so that outages outlast it. */
function startImport(name: string, store: string): SandboxProcess {
  const args = [BITQL, 'import', blocks, '--store', store, '--cache', '1', '--lease', '3'];
  return sandbox.start(name, process.execPath, args, cleanEnvironment());
}

/** The output of a process from its beginning. */
function told(name: string): string {
  return readFileSync(join(sandbox.folder, `${name}.log`), 'utf8');
}

function troubles(name: string): string[] {
  return told(name)
    .split('\n')
    .filter((line) => line.includes('Trying again'));
}

async function untilItWaits(name: string, indexer: SandboxProcess): Promise<void> {
  await until('the indexer to say that it waits', () => {
    if (indexer.result !== undefined) throw new Error(`It ended with ${indexer.result}:\n${indexer.output()}`);
    return troubles(name).length > 0;
  });
}

async function withStore<T>(store: string, use: (opened: Awaited<ReturnType<typeof openStore>>) => Promise<T>) {
  const opened = await openStore(parseStoreLocation(store)!, { cacheMiB: 8 });
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
}

function rowsOf(store: string): Promise<string[]> {
  return withStore(store, visibleRows);
}

/** Waits for the first commit: from then on an indexer reads and writes. */
async function untilUnderWay(store: string): Promise<void> {
  await withStore(store, (opened) =>
    until('the first commit', async () => {
      const record = await opened.readState();
      return record !== null && decodeState(record.value).tip !== null;
    }),
  );
}

async function expectDone(indexer: SandboxProcess, store: string): Promise<void> {
  expect(await indexer.ended, indexer.output()).toBe(0);
  expectSameRows(await rowsOf(store), undisturbed);
}

describeWith('mongodb')('an import into MongoDB', ({ mongodbUri }) => {
  /** A separate database for each test, and a proxy in front of it. */
  async function withFaultyMongo(test: (database: string, proxy: FaultyProxy) => Promise<void>): Promise<void> {
    await using database: TemporaryDatabase = temporaryDatabase(mongodbUri);
    await using proxy = await FaultyProxy.start(database.uri);
    await test(database.uri, proxy);
  }

  async function outlastsOutage(name: string, duringIt: () => Promise<void>): Promise<void> {
    await withFaultyMongo(async (database, proxy) => {
      const indexer = startImport(name, proxy.uriOf(database));
      await untilUnderWay(database);
      await proxy.goAway();
      await untilItWaits(name, indexer);
      await duringIt();
      await proxy.comeBack();
      await expectDone(indexer, database);
      expect(troubles(name)).toEqual([expect.stringMatching(/MongoDB does not answer.*\(STORE_UNAVAILABLE\)/)]);
    });
  }

  it('waits for it while it is away for longer than its lease, says so once, and continues', {
    timeout: 300_000,
  }, async () => {
    await outlastsOutage('outage', () => delay(OUTAGE_MS));
  });

  it('waits for it if it has not started yet', async () => {
    await withFaultyMongo(async (database, proxy) => {
      await proxy.goAway();
      const indexer = startImport('absent', proxy.uriOf(database));
      await untilItWaits('absent', indexer);
      await proxy.comeBack();
      await expectDone(indexer, database);
      expect(troubles('absent')).toHaveLength(1);
    });
  });

  it('notices that it has fallen silent', async () => {
    await withFaultyMongo(async (database, proxy) => {
      const uri = proxy.uriOf(database, { heartbeatFrequencyMS: '500', connectTimeoutMS: '1000' });
      const indexer = startImport('silent', uri);
      await untilUnderWay(database);
      proxy.isSilent = true;
      await untilItWaits('silent', indexer);
      proxy.isSilent = false;
      await expectDone(indexer, database);
    });
  });

  it('works while it is slow', async () => {
    await withFaultyMongo(async (database, proxy) => {
      proxy.delayMs = 100;
      const indexer = startImport('slow', proxy.uriOf(database));
      await expectDone(indexer, database);
      expect(troubles('slow')).toEqual([]);
    });
  });

  it(`loses and repeats nothing when connections are cut ${CUTS} times, at any byte`, {
    timeout: 60_000 + CUTS * 5_000,
  }, async () => {
    const cuts = new RandomCuts(1, CUTS, Math.ceil((3 * CHAIN_BYTES) / CUTS));
    // An import ends after some of many cuts.
    for (let i = 0; cuts.left > 0; i++) {
      await withFaultyMongo(async (database, proxy) => {
        proxy.cutter = cuts.cutter;
        await expectDone(startImport(`cuts-${i}`, proxy.uriOf(database)), database);
      });
    }
  });

  it('ends at once with code 0 at Ctrl-C while it waits, and continues when it is started again', async () => {
    await withFaultyMongo(async (database, proxy) => {
      const stopped = startImport('stopped', proxy.uriOf(database));
      await untilUnderWay(database);
      await proxy.goAway();
      await untilItWaits('stopped', stopped);
      stopped.kill('SIGINT');
      expect(await stopped.ended, stopped.output()).toBe(0);
      await proxy.comeBack();
      await expectDone(startImport('again', proxy.uriOf(database)), database);
    });
  });

  it.each([
    ['MongoDB', { ok: 0, code: 14_031, codeName: 'OutOfDiskSpace', errmsg: 'The database disk is full' }],
    [
      'PostgreSQL behind it',
      {
        ok: 1,
        n: 0,
        writeErrors: [
          { index: 0, code: 11_000, errmsg: 'Duplicate key' },
          { index: 1, code: 1, errmsg: 'could not extend file "base/5/19090": No space left on device' },
        ],
      },
    ],
  ])('ends if the disk of %s is full, and continues when it is started again', async (name, reply) => {
    await withFaultyMongo(async (database, proxy) => {
      proxy.insertReply = reply;
      const stopped = startImport(name, proxy.uriOf(database));
      expect(await stopped.ended).toBe(1);
      expect(told(name)).toContain('The disk of the database is full: free space or enlarge it, then start again');
      expect(told(name)).toContain('(STORE_FULL)');
      proxy.insertReply = null;
      await expectDone(startImport(`${name} again`, proxy.uriOf(database)), database);
    });
  });
});

describe('an import into SQLite', () => {
  it('waits for another process that holds the file, and continues', async () => {
    const file = join(sandbox.folder, 'locked.db');
    const indexer = startImport('locked', file);
    await untilUnderWay(file);
    const other = new DatabaseSync(file);
    await until('a moment between two transactions', () => {
      // Stopped, it cannot begin another one.
      indexer.kill('SIGSTOP');
      if (hasLocked(other)) return true;
      indexer.kill('SIGCONT');
      return false;
    });
    indexer.kill('SIGCONT');
    await untilItWaits('locked', indexer);
    other.exec('ROLLBACK');
    other.close();
    await expectDone(indexer, file);
    expect(troubles('locked')).toEqual([expect.stringMatching(/another program has locked it.*\(STORE_UNAVAILABLE\)/)]);
  });
});

function hasLocked(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch {
    return false;
  }
}

describeWithDisks('an import into SQLite on a disk that is too small', () => {
  /** Whether a reading command works, and its output. */
  async function heightOf(file: string): Promise<number> {
    const status = await bitql(['status', '--store', file, '--json']);
    expect(status.code, status.stderr).toBe(0);
    const { height } = JSON.parse(status.stdout).tip;
    const query = await bitql(['query', `{ block(height: ${height}) { height } }`, '--store', file]);
    expect(query.code, query.stderr).toBe(0);
    expect(JSON.parse(query.stdout).data.block.height).toBe(height);
    return height;
  }

  it('ends with advice, leaves an index that can be read, and continues when the disk is larger', async () => {
    const disk = new SmallDisk(sandbox, 'too-small', 24);
    const file = join(disk.folder, 'chain.db');
    const stopped = startImport('full', file);
    expect(await stopped.ended).toBe(1);
    expect(told('full')).toContain(`The disk of ${file} is full: free space or enlarge it, then start again.`);
    expect(told('full')).toContain('(STORE_FULL)');
    expect(troubles('full')).toEqual([]);
    expect(await heightOf(file)).toBeGreaterThan(0);
    disk.resize(256);
    await expectDone(startImport('enlarged', file), file);
  });

  it('leaves an index that can be read when not a byte is left', async () => {
    const disk = new SmallDisk(sandbox, 'full', 256);
    const file = join(disk.folder, 'chain.db');
    await expectDone(startImport('fits', file), file);
    disk.fill();
    expect(await heightOf(file)).toBe(CHAIN.small + CHAIN.large - 1);
    const stopped = startImport('no-room', file);
    expect(await stopped.ended).toBe(1);
    expect(told('no-room')).toContain('(STORE_FULL)');
    disk.free();
    await expectDone(startImport('room', file), file);
  });
});
