import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { describeStore } from './contract.ts';

describeStore('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-store-'));
  return {
    open: () => SqliteStore.open(join(folder, 'chain.db'), { cacheMiB: 8 }),
    destroy: async () => rmSync(folder, { recursive: true }),
  };
});

it('refuses a file that is no database for good, and one that cannot be opened for now', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-store-'));
  const file = join(folder, 'chain.db');
  writeFileSync(file, 'a letter to a friend '.repeat(100));
  await expect(SqliteStore.open(file, { cacheMiB: 8 })).rejects.toMatchObject({
    code: 'STORE_DAMAGED',
    retryable: false,
    message: expect.stringContaining('file is not a database'),
  });
  await expect(SqliteStore.open(folder, { cacheMiB: 8 })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('unable to open database file'),
  });
  rmSync(folder, { recursive: true });
});
