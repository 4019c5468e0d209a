import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { describeStore } from './contract.ts';

describeStore('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-store-'));
  return {
    open: () => SqliteStore.open(join(folder, 'chain.db'), { cacheMiB: 8 }),
    destroy: async () => rmSync(folder, { recursive: true }),
  };
});
