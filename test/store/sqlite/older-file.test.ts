import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/open.ts';
import { decodeState, encodeState, initialState } from '../../../src/store/state.ts';
import type { ChainStore } from '../../../src/store/store.ts';
import { ChainWriter } from '../../../src/store/writer.ts';

const PLAIN_TABLES = [
  ...['blocks', 'totals', 'pages', 'payloads', 'pending', 'pendingPostings', 'departedPostings', 'removedPostings'],
  ...['departures', 'events', 'postings_1'],
];
const OLDER = { code: 'STORE_OLDER_FORMAT' };

let folder: string;
let store: ChainStore;
let made: ReturnType<typeof contents>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-older-'));
  const file = join(folder, 'chain.db');
  makeOfFormat3(file);
  made = contents();
  store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 4 });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const contents = () => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));

/** An index whose postings are in segments. */
function makeOfFormat3(file: string): void {
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    CREATE TABLE segments (
      id INTEGER PRIMARY KEY, level INTEGER NOT NULL, state TEXT NOT NULL, target INTEGER, rows INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO segments (level, state) VALUES (0, 'open');
    CREATE TABLE state (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL);
    CREATE TABLE transactions (key INTEGER PRIMARY KEY, value BLOB NOT NULL);
  `);
  for (const name of PLAIN_TABLES) {
    db.exec(`CREATE TABLE ${name} (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`);
  }
  const state = encodeState({ ...initialState('btc-regtest', 0), format: 3 as never });
  db.prepare('INSERT INTO state (id, revision, value) VALUES (0, 5, ?)').run(state);
  db.close();
}

describe('a file of an earlier version', () => {
  it('is recognised by its state', async () => {
    const record = await store.readState();
    expect(record).toMatchObject({ revision: 5 });
    expect(() => decodeState(record!.value)).toThrow(expect.objectContaining(OLDER));
  });

  it('is refused by a writer, which leaves it as it was', async () => {
    const options = { network: 'btc-regtest', start: 0, holder: 'one', leaseMs: 60_000 } as const;
    await expect(ChainWriter.acquire(store, options)).rejects.toMatchObject(OLDER);
    await store.close();
    expect(contents()).toEqual(made);
  });
});
