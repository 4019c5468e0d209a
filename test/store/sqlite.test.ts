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

it('refuses a file that is not a database, and an impossible place, as permanent errors', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-store-'));
  const file = join(folder, 'chain.db');
  writeFileSync(file, 'a letter to a friend '.repeat(100));
  await expect(SqliteStore.open(file, { cacheMiB: 8 })).rejects.toMatchObject({
    code: 'STORE_DAMAGED',
    retryable: false,
    message: expect.stringContaining('it is not a SQLite database'),
  });
  await expect(SqliteStore.open(folder, { cacheMiB: 8 })).rejects.toMatchObject({
    code: 'BAD_SETTING',
    retryable: false,
    message: expect.stringContaining('EISDIR'),
  });
  rmSync(folder, { recursive: true });
});
