import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AccessTables } from '../../src/access/access-tables.ts';
import { createKey, isSecretOf, parseKey } from '../../src/access/keys.ts';
import { MongoAccess } from '../../src/access/mongo-access.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { DEFAULT_TIERS, parseTiers } from '../../src/access/tiers.ts';
import { describeWith } from '../services/suite.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { describeAccess } from './contract.ts';

describeAccess('callers in SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-access-'));
  return {
    open: async () => new SqliteAccess(join(folder, 'chain.db-access')),
    destroy: async () => rmSync(folder, { recursive: true }),
  };
});

describeWith('mongodb')('MongoDB', ({ mongodbUri }) => {
  describeAccess('for callers', async () => {
    const database = temporaryDatabase(mongodbUri);
    return { open: async () => new MongoAccess(database.uri), destroy: database.drop };
  });
});

describe('a clock that is set back by a day', () => {
  const DAY = 86_400_000;
  const asked = { name: 'a', points: 5, limit: 1_000, seconds: 60 };
  afterEach(() => void vi.useRealTimers());

  it('locks nobody out for longer than a stretch, nor do counts on disk', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const folder = mkdtempSync(join(tmpdir(), 'bitql-access-'));
    const file = join(folder, 'a.db');
    let tables = new AccessTables(file);
    tables.grant({ ...asked, points: 1_000 });
    tables.grant({ ...asked, name: 'b' });
    tables.close();
    const then = Date.now() - DAY;
    vi.setSystemTime(then);
    tables = new AccessTables(file);
    const known = tables.grant(asked);
    expect(known).toMatchObject({ points: 0, total: 1_000 });
    expect(known.msLeft).toBeLessThanOrEqual(60_000);
    tables.takeBack({ name: 'a', points: 100, seconds: 60, stretch: known.stretch });
    expect(tables.grant(asked)).toMatchObject({ total: 905 });
    vi.setSystemTime(then + 60_000);
    expect(tables.grant(asked)).toMatchObject({ points: 5, total: 5 });
    // Counts of callers that have not asked since are removed within a day too.
    vi.setSystemTime(then + 2 * 3_600_000);
    tables.close();
    tables = new AccessTables(file);
    tables.grant(asked);
    tables.close();
    const db = new DatabaseSync(file);
    expect(db.prepare('SELECT name FROM counts').all()).toEqual([{ name: 'a 60' }]);
    db.close();
    rmSync(folder, { recursive: true });
  });

  it('does not bring back what an earlier version counted beyond all bounds', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bitql-access-'));
    const file = join(folder, 'a.db');
    new AccessTables(file).close();
    const db = new DatabaseSync(file);
    const put = db.prepare('INSERT INTO counts VALUES (?, ?, ?)');
    put.run('a 60', -100_200_200_208_800, Date.now() + 60_000);
    put.run('b 60', 9_223_372_036_854_775_807n, Date.now() + 60_000);
    db.close();
    const tables = new AccessTables(file);
    expect(tables.grant(asked)).toMatchObject({ points: 5, total: 5 });
    expect(tables.grant({ ...asked, name: 'b' })).toMatchObject({ points: 0, total: Number.MAX_SAFE_INTEGER });
    tables.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a key', () => {
  it('matches its own secret, which is not part of its stored record', async () => {
    const { text, key } = createKey('bob', 'standard', 1);
    const { id, secret } = parseKey(text)!;
    expect(id).toBe(key.id);
    expect(isSecretOf(key, secret)).toBe(true);
    expect(isSecretOf(key, parseKey(createKey('bob', 'standard', 1).text)!.secret)).toBe(false);
    const folder = mkdtempSync(join(tmpdir(), 'bitql-access-'));
    const access = new SqliteAccess(join(folder, 'a.db'));
    await access.addKey(key);
    await access.close();
    expect(readFileSync(join(folder, 'a.db')).includes(secret)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it.each(['', 'bitql_', 'Bearer x', `bitql_0123456789ab_${'a'.repeat(42)}`, `bitql_0123456789ab_${'a'.repeat(44)}`])(
    'is not "%s"',
    (text) => expect(parseKey(text)).toBeNull(),
  );
});

describe('a file of tiers', () => {
  it('adds tiers, and changes those fields of the usual ones that it names', () => {
    const tiers = parseTiers('{ "anonymous": { "subscriptions": 0 }, "partner": { "deadlineMs": 60000 } }');
    expect(tiers.anonymous).toEqual({ ...DEFAULT_TIERS.anonymous, subscriptions: 0 });
    expect(tiers.partner).toEqual({ ...DEFAULT_TIERS.standard, deadlineMs: 60_000 });
    expect(tiers.premium).toEqual(DEFAULT_TIERS.premium);
  });

  it.each([
    ['{', 'JSON'],
    ['[]', 'must be an object'],
    ['{ "a b": {} }', 'not a valid name of a tier'],
    ['{ "a": 1 }', '"a" must be an object'],
    ['{ "a": { "speed": 1 } }', '"speed" of "a" is unknown: use one of costPerMinute'],
    ['{ "a": { "burst": -1 } }', '"burst" of "a" must be a whole number'],
    ['{ "a": { "maxCost": 30000000 } }', 'could never be spent'],
  ])('is refused if it cannot be used: %s', (text, reason) => {
    expect(() => parseTiers(text)).toThrow(reason);
  });
});
