import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { ChainStore } from '../../src/store/store.ts';

/** An empty SQLite store; its file goes when it is closed. */
export async function temporaryStore(): Promise<ChainStore> {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-test-'));
  const store = await SqliteStore.open(join(folder, 'chain.db'), { cacheMiB: 8 });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    rmSync(folder, { recursive: true });
  };
  return store;
}
