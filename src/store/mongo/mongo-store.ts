import {
  type Binary,
  type Collection,
  type CommandStartedEvent,
  type Db,
  type Document,
  Long,
  MongoBulkWriteError,
  type MongoClient,
  MongoServerError,
  MongoServerSelectionError,
  type WriteError,
} from 'mongodb';
import { damagedState } from '../errors.ts';
import { blockKey } from '../position.ts';
import { RunStore, type RunStoreOptions } from '../runs/run-store.ts';
import {
  type Batch,
  type ChainStore,
  type JointReadOptions,
  type LookUp,
  type PackedRows,
  ReadingStore,
  type ReadResult,
  type StateRecord,
  type Table,
} from '../store.ts';
import { clientFor, connectClient, databaseOf } from './client.ts';
import { bytesIn, bytesOf, chunksOf, documentsOf, insertsOf, type RowDocument, toBinary } from './documents.ts';
import { mongoError } from './failures.ts';
import { InsertPace } from './insert-pace.ts';
import { readingOf, readParts } from './look-ups.ts';
import { type OnExisting, type PageDatabase, PagedTransactions } from './paged-transactions.ts';
import { SharedCommands } from './shared-commands.ts';

const STATE_ID = 'state' as const;

interface StateDocument {
  _id: typeof STATE_ID;
  revision: Long | number;
  v: Binary;
}

const DUPLICATE_KEY = 11000;

const REMOVED_KEYS = 500;
/** Parts of one command: servers plan each range separately, and each takes longer the more there are. */
const PARTS_OF_READ = 256;

export interface MongoOptions extends RunStoreOptions {
  /** Called for each command that is sent to the server, for measurements [none]. */
  readonly onCommand?: ((event: CommandStartedEvent) => void) | undefined;
}

const TWO_TABLES: readonly LookUp[] = (['blocks', 'totals'] as const).map((table) => {
  return { table, keys: [blockKey(0, 0)], ranges: [], limit: 0, reverse: false };
});

/** A chain store in one MongoDB database: a collection for each table, keys as binary `_id`s. */
export class MongoStore extends ReadingStore implements PageDatabase {
  readonly #uri: string;
  readonly #inserting = new InsertPace();
  readonly #reads = new SharedCommands((lookUps, options) => this.#read(lookUps, options));
  readonly #onCommand: MongoOptions['onCommand'];
  #client: MongoClient;
  #isClosed = false;

  private constructor(uri: string, { onCommand }: MongoOptions) {
    super();
    this.#uri = uri;
    this.#onCommand = onCommand;
    this.#client = this.#newClient();
  }

  /** Connects to the database that the URI names, else to `bitql`. */
  static async open(uri: string, options: MongoOptions = {}): Promise<ChainStore> {
    return new RunStore(new PagedTransactions(await MongoStore.openRows(uri, options)), options);
  }

  /** The same, as the database has it: rows that are not checked, pages of transactions, and no postings. */
  static async openRows(uri: string, options: MongoOptions = {}): Promise<PageDatabase> {
    const store = new MongoStore(uri, options);
    try {
      await store.#run(() => connectClient(store.#client));
      // Other servers with MongoDB's protocol may not support reads of several tables, so this is tried now.
      await store.read(TWO_TABLES);
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  read(lookUps: readonly LookUp[], options: JointReadOptions = {}): Promise<ReadResult> {
    return this.#reads.read(lookUps, options);
  }

  async #read(lookUps: readonly LookUp[], options: JointReadOptions): Promise<ReadResult> {
    const readings = lookUps.map(readingOf);
    const parts = readings.flatMap((reading) => reading.parts);
    let state: StateRecord | null = null;
    const take = (document: Document) => {
      state = stateIn(document);
      return true;
    };
    if (options.withState === true) parts.push({ table: 'state', filter: STATE_ID, order: null, limit: 1, take });
    for (const together of chunksOf(parts, PARTS_OF_READ)) {
      await this.#run(() => readParts(this.#db, together, options));
    }
    return { found: readings.map((reading) => reading.found()), state };
  }

  async write(batch: Batch, onExisting: OnExisting = () => {}): Promise<Batch> {
    // After a failure, each of the remaining inserts would wait for the server in vain.
    const failed = new AbortController();
    const inserts = Array.from(batch).flatMap(([table, rows]) =>
      insertsOf(rows).map(([from, to, bytes]) =>
        this.#inserting.run(bytes, async () => {
          failed.signal.throwIfAborted();
          try {
            const existing = await this.#run(() => this.#insert(table, documentsOf(rows, from, to)));
            for (const key of existing) onExisting(table, key);
          } catch (error) {
            failed.abort(error);
            throw error;
          }
        }),
      ),
    );
    await Promise.all(inserts);
    return batch;
  }

  async replace(batch: Batch): Promise<void> {
    for (const [table, rows] of batch) {
      for (const [from, to] of insertsOf(rows)) {
        const changes = documentsOf(rows, from, to).map(({ _id, v }) => ({
          replaceOne: { filter: { _id }, replacement: { v }, upsert: true },
        }));
        await this.#run(() => this.#rows(table).bulkWrite(changes, { ordered: false }));
      }
    }
  }

  async remove(table: Table, keys: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunksOf(keys, REMOVED_KEYS)) {
      await this.#run(() => this.#rows(table).deleteMany({ _id: { $in: chunk.map(toBinary) } }));
    }
  }

  async exchange(table: Table, before: PackedRows, after: PackedRows): Promise<boolean> {
    const [[old], [{ v }]] = [documentsOf(before, 0, 1), documentsOf(after, 0, 1)] as [RowDocument[], [RowDocument]];
    const { matchedCount } = await this.#run(() => this.#rows(table).updateOne(old!, { $set: { v } }));
    return matchedCount === 1;
  }

  async readState(): Promise<StateRecord | null> {
    return (await this.read([], { withState: true })).state;
  }

  async compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    const revision = Long.fromNumber(expectedRevision + 1);
    const v = toBinary(value);
    return this.#run(async () => {
      if (expectedRevision === 0) return this.#insertState({ _id: STATE_ID, revision, v });
      const filter = { _id: STATE_ID, revision: Long.fromNumber(expectedRevision) };
      const { matchedCount } = await this.#state().updateOne(filter, { $set: { revision, v } });
      return matchedCount === 1;
    });
  }

  /** The server's clock, because writers may be on different machines. */
  async now(): Promise<number> {
    const hello = await this.#run(() => this.#db.command({ hello: 1 }));
    return (hello.localTime as Date).getTime();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client.close();
  }

  #newClient(): MongoClient {
    const client = clientFor(this.#uri, { monitorCommands: this.#onCommand !== undefined });
    if (this.#onCommand !== undefined) client.on('commandStarted', this.#onCommand);
    return client;
  }

  get #db(): Db {
    return this.#client.db(databaseOf(this.#uri));
  }

  #rows(table: Table): Collection<RowDocument> {
    return this.#db.collection<RowDocument>(table);
  }

  #state(): Collection<StateDocument> {
    return this.#db.collection<StateDocument>('state');
  }

  async #insertState(document: StateDocument): Promise<boolean> {
    try {
      await this.#state().insertOne(document);
      return true;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false;
      throw error;
    }
  }

  /** Inserts rows. @returns the keys of those that exist already */
  async #insert(table: Table, documents: RowDocument[]): Promise<Uint8Array[]> {
    try {
      await this.#rows(table).insertMany(documents, { ordered: false });
      return [];
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) throw error;
      const failures = failuresIn(error);
      if (!onlyDuplicates(error, failures)) throw error;
      return failures.map(({ index }) => bytesOf(documents[index]!._id));
    }
  }

  async #run<T>(operation: () => Promise<T>): Promise<T> {
    const client = this.#client;
    try {
      return await operation();
    } catch (error) {
      if (error instanceof MongoServerSelectionError) this.#replace(client);
      throw mongoError(error);
    }
  }

  /**
   * Replaces the client for the next attempt. If connections break while they are being made, the driver's monitor
   * sometimes waits for an answer forever (seen with 7.9) and never notices that the server is back.
   */
  #replace(client: MongoClient): void {
    if (client !== this.#client || this.#isClosed) return;
    this.#client = this.#newClient();
    void client.close().catch(() => {});
  }
}

/** @throws STORE_DAMAGED */
function stateIn(document: Document): StateRecord {
  const revision = Number(document.revision);
  const value = bytesIn(document.v);
  if (value === null || !Number.isSafeInteger(revision)) throw damagedState();
  return { revision, value };
}

function failuresIn({ writeErrors }: MongoBulkWriteError): readonly WriteError[] {
  return Array.isArray(writeErrors) ? writeErrors : [writeErrors as WriteError];
}

function onlyDuplicates({ result }: MongoBulkWriteError, failures: readonly WriteError[]): boolean {
  return failures.length > 0 && failures.every(({ code }) => code === DUPLICATE_KEY) && !result.getWriteConcernError();
}
