import type { Batch, StateRecord, Table } from '../store.ts';
import type { Packed, PackedFound, PackedLookUp } from './packing.ts';

/** The calls of the reading thread: arguments and result of each. Null if nothing was written yet. */
export interface ReaderCalls {
  read: {
    args: { lookUps: PackedLookUp[]; withState: boolean };
    result: { found: PackedFound[]; state: StateRecord | null } | null;
  };
  readState: { args: null; result: StateRecord | null };
  limitCache: { args: { cacheMiB: number }; result: null };
  close: { args: null; result: null };
}

export interface WriterCalls {
  write: { args: { batch: Batch }; result: Batch };
  replace: { args: { batch: Batch }; result: null };
  remove: { args: { table: Table; keys: Packed }; result: null };
  compareAndSetState: { args: { expectedRevision: number; value: Uint8Array }; result: boolean };
  close: { args: null; result: null };
}

/** A table of calls. */
export type CallTable<C> = { [N in keyof C]: { args: unknown; result: unknown } } & {
  close: { args: null; result: null };
};

/** Settings that a thread is started with. */
export interface ThreadSettings {
  readonly file: string;
  readonly cacheMiB: number;
}

/** A message to a thread. */
export interface Request {
  readonly id: number;
  readonly call: string;
  readonly args: unknown;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: SqliteFailure };

/** SQLite's message and, if there is one, its result code. */
export interface SqliteFailure {
  readonly message: string;
  readonly sqliteCode: number | undefined;
}

/** Our own extended code of NOTADB: a database of another program. */
export const OF_ANOTHER_PROGRAM = 26 | (1 << 8);

/** The id of the reply with which a thread reports that it has opened the file, or why it cannot. */
export const OPENED = 0;
