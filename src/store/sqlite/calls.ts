import type { Batch, StateRecord, Table } from '../store.ts';
import type { PackedFound, PackedLookUp } from './look-ups.ts';
import type { Packed } from './packing.ts';
import type { SegmentOptions } from './segments/segment-options.ts';

/** Calls that a worker thread understands: arguments and result of each. */
export interface ReaderCalls {
  read: {
    args: { lookUps: PackedLookUp[]; withState: boolean };
    result: { found: PackedFound[]; state: StateRecord | null };
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

/** What all tables of calls have in common. */
export type CallTable<C> = { [N in keyof C]: { args: unknown; result: unknown } } & {
  close: { args: null; result: null };
};

/** What the threads are started with. */
export interface ReaderSettings {
  readonly file: string;
  readonly cacheMiB: number;
}

export interface WriterSettings extends ReaderSettings {
  readonly segments: SegmentOptions;
}
