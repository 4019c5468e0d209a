/** What crosses between threads. */
export interface Request {
  readonly id: number;
  readonly call: string;
  readonly args: unknown;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: SqliteFailure };

/** SQLite's own message and, where there is one, its result code. */
export interface SqliteFailure {
  readonly message: string;
  readonly sqliteCode: number | undefined;
}

/** Beside SQLite's own codes, as an extended one of NOTADB: a database, but none of ours. */
export const OF_ANOTHER_PROGRAM = 26 | (1 << 8);

/** A worker's word that it has opened the file, or why it cannot. */
export const OPENED = 0;
