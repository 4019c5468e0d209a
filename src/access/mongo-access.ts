import { Binary, type Collection, type Document, type MongoClient, MongoServerError } from 'mongodb';
import { clientFor, databaseOf } from '../store/mongo/client.ts';
import { bytesOf } from '../store/mongo/documents.ts';
import { mongoError } from '../store/mongo/failures.ts';
import type { AccessStore, ApiKey, Grant, GrantRequest, Return } from './access-store.ts';

interface KeyDocument extends Omit<ApiKey, 'id' | 'hash'> {
  _id: string;
  hash: Binary;
}

interface CountDocument {
  _id: string;
  /** Granted in the stretch. */
  points: number;
  /** The end of the stretch. */
  until: Date;
  /** The part of `points` in the last grant. */
  last: number;
  /** By the server's clock, which all gateways share. */
  now: Date;
}

const KEYS = 'apiKeys';
const COUNTS = 'rateLimits';
const DUPLICATE_KEY = 11_000;

/** Stores callers in the MongoDB database of the index, in collections of their own. */
export class MongoAccess implements AccessStore {
  readonly #client: MongoClient;
  readonly #database: string;
  #swept: Promise<void> | undefined;

  /** Connects at the first call. */
  constructor(uri: string) {
    this.#client = clientFor(uri, { maxPoolSize: 5 });
    this.#database = databaseOf(uri);
  }

  /** MongoDB makes collections itself. */
  async prepare(): Promise<void> {}

  async addKey({ id, hash, ...others }: ApiKey): Promise<boolean> {
    const document = { _id: id, hash: new Binary(hash), ...others };
    const { upsertedCount } = await this.#run(() =>
      this.#keys.updateOne({ name: others.name }, { $setOnInsert: document }, { upsert: true }),
    );
    return upsertedCount === 1;
  }

  async findKey(id: string): Promise<ApiKey | null> {
    const found = await this.#run(() => this.#keys.findOne({ _id: id }));
    return found === null ? null : keyOf(found);
  }

  async keys(): Promise<ApiKey[]> {
    const found = await this.#run(() => this.#keys.find().sort({ name: 1 }).toArray());
    return found.map(keyOf);
  }

  async removeKey(id: string): Promise<void> {
    await this.#run(() => this.#keys.deleteOne({ _id: id }));
  }

  async markUsed(id: string, at: number): Promise<void> {
    await this.#run(() => this.#keys.updateOne({ _id: id }, { $set: { lastUsedAt: at } }));
  }

  async grant({ name, points: asked, limit, seconds }: GrantRequest): Promise<Grant> {
    const isOver = { $lte: [{ $ifNull: ['$until', '$$NOW'] }, '$$NOW'] };
    const end = { $add: ['$$NOW', seconds * 1_000] };
    const before = { $cond: [isOver, 0, { $max: [0, '$points'] }] };
    const last = { $max: [0, { $min: [asked, { $subtract: [limit, before] }] }] };
    const granted = {
      points: { $add: [before, last] },
      // A stretch that ends later than possible began before the clock was set back.
      until: { $cond: [isOver, end, { $min: ['$until', end] }] },
      last,
      now: '$$NOW',
    };
    const found = await this.#run(async () => {
      const document = await this.#update(`${name} ${seconds}`, [{ $set: granted }]);
      this.#swept ??= this.#sweepCounts();
      return document;
    });
    const stretch = found.until.getTime();
    return { points: found.last, total: found.points, stretch, msLeft: stretch - found.now.getTime() };
  }

  async takeBack({ name, points, seconds, stretch }: Return): Promise<void> {
    const ofStretch = { _id: `${name} ${seconds}`, until: new Date(stretch), points: { $gte: points } };
    await this.#run(() => this.#counts.updateOne(ofStretch, { $inc: { points: -points } }));
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  get #keys(): Collection<KeyDocument> {
    return this.#client.db(this.#database).collection(KEYS);
  }

  get #counts(): Collection<CountDocument> {
    return this.#client.db(this.#database).collection(COUNTS);
  }

  /** If two gateways begin the same count at once, one of them has to retry, and then finds it. */
  async #update(_id: string, change: Document[]): Promise<CountDocument> {
    const options = { upsert: true, returnDocument: 'after' } as const;
    const update = async () => (await this.#counts.findOneAndUpdate({ _id }, change, options))!;
    return update().catch((error: unknown) => {
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return update();
      throw error;
    });
  }

  /** The server removes counts that are over. If that fails, they only take space. */
  async #sweepCounts(): Promise<void> {
    await this.#counts.createIndex({ until: 1 }, { expireAfterSeconds: 0 }).catch(() => {});
  }

  async #run<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw mongoError(error);
    }
  }
}

function keyOf({ _id, hash, ...others }: KeyDocument): ApiKey {
  return { id: _id, hash: bytesOf(hash), ...others };
}
