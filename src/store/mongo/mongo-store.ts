import {
  type Binary,
  type Collection,
  type Db,
  Long,
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoServerError,
} from 'mongodb';
import { mapKey } from '../../chain/bytes.ts';
import { BitqlError } from '../../errors.ts';
import {
  type Batch,
  type ChainStore,
  type KeyRange,
  PAGE_BYTES,
  type Page,
  type Row,
  type ScanOptions,
  type StateRecord,
  type Table,
} from '../store.ts';
import { bytesOf, type RowDocument, rowValue, toBinary, toDocument } from './documents.ts';
import { scanRange } from './ranges.ts';

interface StateDocument {
  _id: 'state';
  revision: Long | number;
  v: Binary;
}

const DURABLE = { w: 'majority', journal: true } as const;
const DEFAULT_DATABASE = 'bitql';
const DUPLICATE_KEY = 11000;
/** Unauthorized, AuthenticationFailed. */
const REFUSALS = new Set([13, 18]);
/** Rows of one insert: large enough that round trips do not count, small enough to keep one message in memory. */
const INSERT_ROWS = 5_000;
const GET_KEYS = 500;

/** A chain store in one MongoDB database: a collection for each table, keys as binary `_id`s. */
export class MongoStore implements ChainStore {
  readonly #client: MongoClient;
  readonly #db: Db;

  private constructor(client: MongoClient, database: string) {
    this.#client = client;
    this.#db = client.db(database);
  }

  /** Connects; the database is the one that the URI names, else `bitql`. */
  static async open(uri: string): Promise<MongoStore> {
    const client = clientFor(uri);
    const store = new MongoStore(client, databaseOf(uri));
    await store.#run(() => client.connect());
    return store;
  }

  async get(table: Table, keys: readonly Uint8Array[]): Promise<(Uint8Array | null)[]> {
    const values = new Map<string, Uint8Array>();
    const chunks = chunksOf(keys, GET_KEYS);
    await this.#run(() =>
      Promise.all(
        chunks.map(async (chunk) => {
          const found = this.#rows(table).find({ _id: { $in: chunk.map(toBinary) } });
          for await (const document of found) values.set(mapKey(bytesOf(document._id)), rowValue(document));
        }),
      ),
    );
    return keys.map((key) => values.get(mapKey(key)) ?? null);
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    const rows = this.#rows(table);
    return this.#run(() => Promise.all(ranges.map((range) => scanRange(rows, range, options, PAGE_BYTES))));
  }

  async write(batch: Batch): Promise<void> {
    const inserts = Array.from(batch).flatMap(([table, rows]) =>
      chunksOf(rows, INSERT_ROWS).map((chunk) => this.#run(() => this.#insert(table, chunk))),
    );
    await Promise.all(inserts);
  }

  async readState(): Promise<StateRecord | null> {
    const document = await this.#run(() => this.#state().findOne({ _id: 'state' }));
    return document === null ? null : { revision: Number(document.revision), value: bytesOf(document.v) };
  }

  async compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    const revision = Long.fromNumber(expectedRevision + 1);
    const v = toBinary(value);
    return this.#run(async () => {
      if (expectedRevision === 0) return this.#insertState({ _id: 'state', revision, v });
      const filter = { _id: 'state' as const, revision: Long.fromNumber(expectedRevision) };
      const { matchedCount } = await this.#state().updateOne(
        filter,
        { $set: { revision, v } },
        { writeConcern: DURABLE },
      );
      return matchedCount === 1;
    });
  }

  /** The server's clock: writers may be on different machines. */
  async now(): Promise<number> {
    const hello = await this.#run(() => this.#db.command({ hello: 1 }));
    return (hello.localTime as Date).getTime();
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #rows(table: Table): Collection<RowDocument> {
    return this.#db.collection<RowDocument>(table);
  }

  #state(): Collection<StateDocument> {
    return this.#db.collection<StateDocument>('state');
  }

  async #insertState(document: StateDocument): Promise<boolean> {
    try {
      await this.#state().insertOne(document, { writeConcern: DURABLE });
      return true;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false;
      throw error;
    }
  }

  /** A duplicate key means that the row is there already. */
  async #insert(table: Table, rows: readonly Row[]): Promise<void> {
    try {
      await this.#rows(table).insertMany(rows.map(toDocument), { ordered: false, writeConcern: DURABLE });
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError) || !onlyDuplicates(error)) throw error;
    }
  }

  async #run<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw toBitqlError(error);
    }
  }
}

function clientFor(uri: string): MongoClient {
  try {
    return new MongoClient(uri, { appName: 'bitql', ignoreUndefined: true, serverSelectionTimeoutMS: 5_000 });
  } catch (error) {
    throw new BitqlError('BAD_SETTING', `The store's MongoDB URI cannot be used: ${(error as Error).message}.`);
  }
}

/** The driver itself would take "test" where the URI names no database. */
function databaseOf(uri: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^?]+)/.exec(uri)?.[1];
  return path === undefined ? DEFAULT_DATABASE : decodeURIComponent(path);
}

function onlyDuplicates(error: MongoBulkWriteError): boolean {
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  return (
    failures.length > 0 && failures.every(({ code }) => code === DUPLICATE_KEY) && !error.result.getWriteConcernError()
  );
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}

/** The driver lets some failures of the platform pass as they are, such as those of an SRV look-up. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** What the driver throws, as ours. Its messages name hosts, never a password. */
function toBitqlError(error: unknown): unknown {
  if (!(error instanceof MongoError) && !isSystemError(error)) return error;
  if (REFUSALS.has(Number(error.code))) {
    return new BitqlError(
      'STORE_UNAUTHORIZED',
      `MongoDB refuses the user of the store's URI: ${error.message}.`,
      error,
    );
  }
  return new BitqlError('STORE_UNAVAILABLE', `MongoDB does not answer as it should: ${error.message}.`, error);
}
