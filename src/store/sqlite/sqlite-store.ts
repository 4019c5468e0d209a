import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import pLimit from 'p-limit';
import type { BitqlError } from '../../errors.ts';
import { CheckedStore } from '../checked-store.ts';
import { RunStore, type RunStoreOptions } from '../runs/run-store.ts';
import {
  type Batch,
  type ChainStore,
  type JointReadOptions,
  type LookUp,
  type LookUpResult,
  ReadingStore,
  type ReadOptions,
  type ReadResult,
  type RowStore,
  type StateRecord,
  type Table,
} from '../store.ts';
import type { ReaderCalls, ThreadSettings, WriterCalls } from './calls.ts';
import { requireRoom, unavailable } from './failures.ts';
import { buffersOf, memoryOf, memoryOfLookUp, pack, packLookUp, unpackFound } from './packing.ts';
import { StoreThread } from './store-thread.ts';

/** The files of the workers are beside this one: TypeScript in a checkout, JavaScript in the package. */
const READER = workerFile('reader-worker');
const WRITER = workerFile('writer-worker');

/** The largest cache for writing, in MiB. Writing walks its trees in order and gains nothing from more. */
const WRITER_CACHE_MIB = 64;

/** How many patient reads the thread has at a time: the current one, and the next so that it need not wait. */
const PATIENT_AT_ONCE = 2;

export interface SqliteOptions extends RunStoreOptions {
  /** Page caches of all connections together, in MiB. */
  readonly cacheMiB: number;
}

/**
 * A chain store in one SQLite file. It is read in one thread and written in another, so that reads do not wait for
 * writes. The writing thread starts with the first write, so a gateway has none.
 */
export class SqliteStore extends ReadingStore implements RowStore {
  readonly #file: string;
  readonly #options: SqliteOptions;
  #reader: Promise<StoreThread<ReaderCalls>> | null = null;
  readonly #patient = pLimit(PATIENT_AT_ONCE);
  #writer: Promise<StoreThread<WriterCalls>> | null = null;
  #failure: BitqlError | null = null;
  #closed: Promise<void> | null = null;

  private constructor(file: string, options: SqliteOptions) {
    super();
    this.#file = file;
    this.#options = options;
  }

  /**
   * Opens the file. If there is none, it is created with the first write, so that an indexer that never gets a block leaves no
   * file. Its folder must exist: a missing one is most likely mistyped.
   * @throws BAD_SETTING
   */
  static async open(file: string, options: SqliteOptions): Promise<ChainStore> {
    const path = resolve(file);
    const store = new SqliteStore(path, options);
    if ((await store.#readerIfAny()) === null) requireRoom(path);
    return new RunStore(new CheckedStore(store), options);
  }

  /** The signal ends only reads that wait for their turn: a read in the thread takes little time, so it is finished. */
  async read(lookUps: readonly LookUp[], options: JointReadOptions = {}): Promise<ReadResult> {
    const { withState = false } = options;
    const isEmpty = lookUps.every(({ keys, ranges }) => keys.length + ranges.length === 0);
    if (isEmpty && !withState) return { found: lookUps.map(nothingOf), state: null };
    return this.#inTurn(options, async () => {
      const packed = lookUps.map(packLookUp);
      const args = { lookUps: packed, withState };
      const findings = await this.#read('read', args, packed.flatMap(memoryOfLookUp));
      if (findings === null) return { found: lookUps.map(nothingOf), state: null };
      return { found: findings.found.map(unpackFound), state: findings.state };
    });
  }

  async write(batch: Batch): Promise<Batch> {
    return this.#write('write', { batch }, memoryOf(batch));
  }

  async replace(batch: Batch): Promise<void> {
    await this.#write('replace', { batch }, memoryOf(batch));
  }

  async remove(table: Table, keys: readonly Uint8Array[]): Promise<void> {
    if (keys.length === 0) return;
    const packed = pack(keys);
    await this.#write('remove', { table, keys: packed }, buffersOf(packed));
  }

  async readState(): Promise<StateRecord | null> {
    return this.#read('readState', null);
  }

  async compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    return this.#write('compareAndSetState', { expectedRevision, value: value.slice() });
  }

  /** All writers are on this machine, so its clock is the shared one. */
  async now(): Promise<number> {
    return Date.now();
  }

  /** Calls that were made before are finished first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** A patient read whose signal was aborted before its turn is not made. */
  #inTurn<T>({ isPatient = false, signal }: ReadOptions, read: () => Promise<T>): Promise<T> {
    if (!isPatient) return read();
    return this.#patient(() => {
      signal?.throwIfAborted();
      return read();
    });
  }

  /** Null if there is no file yet. */
  async #read<N extends keyof ReaderCalls>(
    call: N,
    args: ReaderCalls[N]['args'],
    moved: readonly ArrayBuffer[] = [],
  ): Promise<ReaderCalls[N]['result'] | null> {
    this.#refuseIfGone();
    const reader = await this.#readerIfAny();
    return reader === null ? null : reader.call(call, args, moved);
  }

  async #readerIfAny(): Promise<StoreThread<ReaderCalls> | null> {
    if (this.#reader === null && !existsSync(this.#file)) return null;
    this.#reader ??= this.#startReader();
    return this.#reader;
  }

  async #startReader(): Promise<StoreThread<ReaderCalls>> {
    const settings: ThreadSettings = { file: this.#file, cacheMiB: this.#options.cacheMiB };
    try {
      return await StoreThread.start<ReaderCalls>(READER, settings, (reason) => this.#fail(reason));
    } catch (error) {
      this.#reader = null;
      throw error;
    }
  }

  async #write<N extends keyof WriterCalls>(
    call: N,
    args: WriterCalls[N]['args'],
    moved: readonly ArrayBuffer[] = [],
  ): Promise<WriterCalls[N]['result']> {
    this.#refuseIfGone();
    this.#writer ??= this.#startWriter();
    const writer = await this.#writer;
    return writer.call(call, args, moved);
  }

  /** If the file cannot be opened, the next write tries again. */
  async #startWriter(): Promise<StoreThread<WriterCalls>> {
    const { cacheMiB } = this.#options;
    const writerMiB = Math.min(cacheMiB / 2, WRITER_CACHE_MIB);
    const settings: ThreadSettings = { file: this.#file, cacheMiB: writerMiB };
    try {
      const writer = await StoreThread.start<WriterCalls>(WRITER, settings, (reason) => this.#fail(reason));
      const reader = await this.#readerIfAny();
      await reader?.call('limitCache', { cacheMiB: cacheMiB - writerMiB });
      return writer;
    } catch (error) {
      this.#writer = null;
      throw error;
    }
  }

  #refuseIfGone(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closed !== null) throw unavailable(this.#file, 'the connection is closed');
  }

  async #close(): Promise<void> {
    const writer = await this.#writer?.catch(() => null);
    await writer?.close();
    const reader = await this.#reader?.catch(() => null);
    await reader?.close();
  }

  /** When one thread fails, the other is closed as well. */
  #fail(reason: BitqlError): void {
    if (this.#closed !== null) return;
    this.#failure ??= reason;
    void this.close();
  }
}

function nothingOf({ keys, ranges }: LookUp): LookUpResult {
  return { values: keys.map(() => null), pages: ranges.map(() => ({ rows: [], more: false })) };
}

function workerFile(name: string): URL {
  return new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
}
