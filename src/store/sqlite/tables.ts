import type { DatabaseSync } from 'node:sqlite';
import type { Table } from '../store.ts';
import { addSegment, CATALOGUE_SQL } from './segments/catalogue.ts';
import { transaction } from './transaction.ts';

/** All tables but the postings, whose keys come in no order: their rows stand in segments. */
export type PlainName = Exclude<Table, 'postings'>;

const BLOB_TABLES: readonly PlainName[] = ['blocks', 'totals', 'pages', 'payloads'];

/** Makes what a new file lacks. */
export function ensureTables(db: DatabaseSync): void {
  if (hasTables(db)) return;
  transaction(db, () => {
    if (hasTables(db)) return;
    db.exec(`
      ${CATALOGUE_SQL};
      CREATE TABLE state (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL);
      CREATE TABLE transactions (key INTEGER PRIMARY KEY, value BLOB NOT NULL);
    `);
    for (const name of BLOB_TABLES) {
      db.exec(`CREATE TABLE ${name} (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`);
    }
    addSegment(db, { level: 0, state: 'open' });
  });
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'segments'`).get() !== undefined;
}
