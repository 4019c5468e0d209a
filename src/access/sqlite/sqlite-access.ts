import { extname, resolve } from 'node:path';
import { StoreThread } from '../../store/sqlite/store-thread.ts';
import type { AccessStore, ApiKey, Count } from '../access-store.ts';
import type { AccessCalls } from './access-calls.ts';

/** TypeScript in a checkout, JavaScript in the package. */
const WORKER = new URL(`./access-worker${extname(import.meta.url)}`, import.meta.url);

/**
 * Callers in a SQLite file of their own: the indexer holds that of the index for half a second at a time, and keys outlast an
 * index that is made anew. A thread of its own waits for the disk.
 */
export class SqliteAccess implements AccessStore {
  readonly #thread: StoreThread<AccessCalls>;

  private constructor(thread: StoreThread<AccessCalls>) {
    this.#thread = thread;
  }

  /** Opens the file, creating it where it is missing. */
  static async open(file: string): Promise<SqliteAccess> {
    return new SqliteAccess(await StoreThread.start<AccessCalls>(WORKER, { file: resolve(file) }, () => {}));
  }

  addKey(key: ApiKey): Promise<boolean> {
    return this.#thread.call('addKey', key);
  }

  findKey(id: string): Promise<ApiKey | null> {
    return this.#thread.call('findKey', id);
  }

  keys(): Promise<ApiKey[]> {
    return this.#thread.call('keys', null);
  }

  async removeKey(id: string): Promise<void> {
    await this.#thread.call('removeKey', id);
  }

  async markUsed(id: string, at: number): Promise<void> {
    await this.#thread.call('markUsed', { id, at });
  }

  count(name: string, points: number, seconds: number): Promise<Count> {
    return this.#thread.call('count', { name, points, seconds });
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
