import type { DatabaseSync } from 'node:sqlite';

/** Runs with the right to write: all of it happens, or nothing. */
export function transaction<T>(db: DatabaseSync, run: () => T): T {
  return within(db, 'BEGIN IMMEDIATE', run);
}

/** Everything read in it is of one moment: the first read's. */
export function snapshot<T>(db: DatabaseSync, run: () => T): T {
  return within(db, 'BEGIN', run);
}

function within<T>(db: DatabaseSync, begin: string, run: () => T): T {
  db.exec(begin);
  try {
    const result = run();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
