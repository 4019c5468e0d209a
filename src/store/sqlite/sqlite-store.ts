import { mkdirSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BitqlError } from '../../errors.ts';
import type { Batch, ChainStore, KeyRange, Page, ScanOptions, StateRecord, Table } from '../store.ts';
import type { DatabaseOptions } from './database.ts';
import { type Calls, packRows, type Reply, type Request, unpackRows, type WorkerSettings } from './messages.ts';
import { buffersOf, type Packed, pack, unpack } from './packing.ts';

/** The worker's own file stands beside this one: TypeScript in a checkout, JavaScript in the package. */
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** Node 24 still calls `node:sqlite` an experiment. */
const NO_SQLITE_WARNING = '--disable-warning=ExperimentalWarning';

/** SQLite result codes (low byte) after which the same call may succeed later: BUSY, LOCKED, IOERR, FULL, CANTOPEN. */
const TRANSIENT_CODES = new Set([5, 6, 10, 13, 14]);

/** What the worker died of, when it dies between two calls. */
interface Pending {
  resolve(result: unknown): void;
  reject(error: BitqlError): void;
}

/** A chain store in one SQLite file. The connection lives in a worker thread, since `node:sqlite` blocks its thread. */
export class SqliteStore implements ChainStore {
  readonly #file: string;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #failure: BitqlError | undefined;

  private constructor(settings: WorkerSettings) {
    this.#file = settings.file;
    this.#worker = new Worker(WORKER, { workerData: settings, execArgv: [...process.execArgv, NO_SQLITE_WARNING] });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(this.#unavailable(error.message)));
    this.#worker.on('exit', () => this.#fail(this.#unavailable('the connection is closed')));
  }

  /** Opens the file, creating it and its folder where they are missing. */
  static async open(file: string, options: DatabaseOptions): Promise<SqliteStore> {
    const path = resolve(file);
    try {
      mkdirSync(dirname(path), { recursive: true });
    } catch (error) {
      throw new BitqlError(
        'STORE_UNAVAILABLE',
        `Cannot create the folder of ${path}: ${(error as Error).message}`,
        error,
      );
    }
    const store = new SqliteStore({ file: path, ...options });
    // Id 0 is the worker's word that the file is open.
    await new Promise((resolve, reject) => store.#pending.set(0, { resolve, reject }));
    return store;
  }

  async get(table: Table, keys: readonly Uint8Array[]): Promise<(Uint8Array | null)[]> {
    if (keys.length === 0) return [];
    const packed = pack(keys);
    return unpack(await this.#call('get', { table, keys: packed }, [packed]));
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    if (ranges.length === 0) return [];
    const packed = packRows(ranges.map(({ min, max }) => ({ key: min, value: max })));
    const pages = await this.#call('scan', { table, ranges: packed, options }, [packed]);
    return pages.map(({ rows, more }) => ({ rows: unpackRows(rows), more }));
  }

  async write(batch: Batch): Promise<void> {
    const tables = Array.from(batch, ([table, rows]) => ({ table, rows: packRows(rows) }));
    await this.#call(
      'write',
      { tables },
      tables.map(({ rows }) => rows),
    );
  }

  async readState(): Promise<StateRecord | null> {
    return this.#call('readState', null);
  }

  async compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    return this.#call('compareAndSetState', { expectedRevision, value: value.slice() });
  }

  /** Whoever opens the file is on this machine: its clock is the shared one. */
  async now(): Promise<number> {
    return Date.now();
  }

  async close(): Promise<void> {
    if (this.#failure !== undefined) return;
    await this.#call('close', null);
    await this.#worker.terminate();
  }

  #call<C extends keyof Calls>(
    call: C,
    args: Calls[C]['args'],
    moved: readonly Packed[] = [],
  ): Promise<Calls[C]['result']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject });
      this.#worker.postMessage({ id, call, args } satisfies Request, moved.flatMap(buffersOf));
    });
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('result' in reply) pending?.resolve(reply.result);
    else pending?.reject(this.#error(reply.error));
  }

  #fail(failure: BitqlError): void {
    this.#failure ??= failure;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }

  #error({ message, sqliteCode }: { message: string; sqliteCode: number | undefined }): BitqlError {
    if (sqliteCode === undefined || TRANSIENT_CODES.has(sqliteCode & 0xff)) return this.#unavailable(message);
    return new BitqlError('STORE_DAMAGED', `SQLite cannot use ${this.#file}: ${message}.`);
  }

  #unavailable(reason: string): BitqlError {
    return new BitqlError('STORE_UNAVAILABLE', `The SQLite file ${this.#file} cannot be used: ${reason}.`);
  }
}
