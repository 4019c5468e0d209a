import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openToWrite } from '../../../src/store/sqlite/connection.ts';
import { WriteAheadLog } from '../../../src/store/sqlite/wal.ts';

const MAX_BYTES = 1_000_000;

it('the log starts again when it is large, as soon as no reader needs it, and does not wait long for readers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-wal-'));
  const file = join(folder, 'chain.db');
  const [writing, reading] = [openToWrite(file, 2), openToWrite(file, 2)];
  const log = new WriteAheadLog(writing, file, MAX_BYTES);
  const size = (): number => statSync(`${file}-wal`).size;
  const write = (rows: number): void => {
    for (let i = 0; i < rows; i++) {
      writing.exec(`INSERT INTO pages SELECT randomblob(8), zeroblob(100000)`);
      log.bound();
    }
  };
  write(30);
  expect(size()).toBeLessThan(2 * MAX_BYTES);

  reading.exec('BEGIN; SELECT count(*) FROM pages');
  const start = performance.now();
  write(30);
  expect(size()).toBeGreaterThan(2 * MAX_BYTES);
  expect(performance.now() - start).toBeLessThan(8_000);

  reading.exec('COMMIT');
  write(60);
  expect(size()).toBeLessThan(2 * MAX_BYTES);
  for (const connection of [writing, reading]) connection.close();
  rmSync(folder, { recursive: true });
});
