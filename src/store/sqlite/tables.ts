import type { DatabaseSync } from 'node:sqlite';
import { TABLES, type Table } from '../store.ts';
import { hasRowids } from './keys.ts';
import { OF_ANOTHER_PROGRAM } from './messages.ts';
import { addSegment, CATALOGUE_SQL } from './segments/catalogue.ts';
import { transaction } from './transaction.ts';

/** All tables but the postings, whose keys come in no order: their rows stand in segments. */
export type PlainName = Exclude<Table, 'postings'>;
export const PLAIN_NAMES = (Object.keys(TABLES) as Table[]).filter((name) => name !== 'postings');

/** Makes what a new file lacks. */
export function ensureTables(db: DatabaseSync): void {
  if (hasTables(db)) return;
  transaction(db, () => {
    if (hasTables(db)) return;
    refuseStranger(db);
    db.exec(`
      ${CATALOGUE_SQL};
      CREATE TABLE state (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL);
      CREATE TABLE transactions (key INTEGER PRIMARY KEY, value BLOB NOT NULL);
    `);
    for (const name of PLAIN_NAMES.filter((name) => !hasRowids(name))) {
      db.exec(`CREATE TABLE ${name} (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`);
    }
    addSegment(db, { level: 0, state: 'open' });
  });
}

/** A file that has tables, but none of ours, is left as it is. */
function refuseStranger(db: DatabaseSync): void {
  if (db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) return;
  throw Object.assign(new Error('it is the database of another program'), { errcode: OF_ANOTHER_PROGRAM });
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'segments'`).get() !== undefined;
}
