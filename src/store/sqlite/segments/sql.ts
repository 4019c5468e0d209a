import { tableOf } from './catalogue.ts';

/**
 * SQL over several segments, given with the oldest rows first.
 *
 * SQLite merges a compound with ORDER BY row by row, as far as it is read, without sorting; of rows with the same key it
 * gives that of the first term first. No LIMIT: SQLite looks at a bound limit when it plans, and so would plan anew for
 * each scan.
 */

/** The rows of a range, in key order. Parameters: first and last key. */
export function scanSql(ids: readonly number[], reverse: boolean): string {
  const rows = union(ids, (table) => `SELECT key, value FROM ${table} WHERE key BETWEEN ?1 AND ?2`);
  return `${rows} ORDER BY key${reverse ? ' DESC' : ''}`;
}

/** The value of a key, once for each segment that has it, the oldest first. Parameter: the key. */
export function getSql(ids: readonly number[]): string {
  return union(ids, (table) => `SELECT value FROM ${table} WHERE key = ?1`);
}

/** Copies the first rows of segments, of repeats the oldest, into another one. Parameter: how many. */
export function copySql(ids: readonly number[], target: number): string {
  return `INSERT OR IGNORE INTO ${tableOf(target)} ${union(ids, (table) => `SELECT key, value FROM ${table}`)}
    ORDER BY key LIMIT ?1`;
}

function union(ids: readonly number[], term: (table: string) => string): string {
  return ids.map((id) => term(tableOf(id))).join(' UNION ALL ');
}
