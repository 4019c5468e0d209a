import { DatabaseSync } from 'node:sqlite';

/** The tables of what is not in a block, or no longer: rows come to them all the time, and have to go again. */
const PASSING = ['pending', 'pendingPostings', 'departedPostings', 'removedPostings', 'departures', 'events'] as const;

export type PassingRows = Readonly<Record<(typeof PASSING)[number], number>>;

/** @param file of the index */
export function passingRows(file: string): PassingRows {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n);
    return Object.fromEntries(PASSING.map((table) => [table, count(table)])) as PassingRows;
  } finally {
    database.close();
  }
}
