import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { packRows } from '../../../src/store/packed-rows.ts';
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';

/** The largest value, without its checksum. */
const BYTES = 8_096;

it('a page of a run takes one page of the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-run-pages-'));
  const file = join(folder, 'chain.db');
  const store = await SqliteStore.open(file, { cacheMiB: 4 });
  const rows = Array.from({ length: 300 }, (_, i) => {
    const key = new Uint8Array(11);
    new DataView(key.buffer).setUint32(7, i);
    return { key, value: new Uint8Array(BYTES).fill(i) };
  });
  await store.write(new Map([['runPages', packRows(rows)]]));
  await store.close();
  const db = new DatabaseSync(file);
  const kinds = db.prepare(`SELECT pagetype, count(*) AS count FROM dbstat WHERE name = 'runPages' GROUP BY 1`).all();
  db.close();
  expect(kinds).toEqual([
    { pagetype: 'internal', count: 1 },
    { pagetype: 'leaf', count: rows.length },
  ]);
  rmSync(folder, { recursive: true });
});
