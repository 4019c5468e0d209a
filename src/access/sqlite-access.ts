import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { requireRoom } from '../store/sqlite/failures.ts';
import { StoreThread } from '../store/sqlite/store-thread.ts';
import type { AccessStore, ApiKey, Grant, GrantRequest, Return } from './access-store.ts';

/** TypeScript in a checkout, JavaScript in the package. */
const WORKER = new URL(`./access-worker${extname(import.meta.url)}`, import.meta.url);

type Thread = StoreThread<AccessCalls>;

/**
 * Stores callers in a SQLite file of their own, since the indexer locks the file of the index for half a second at a time, and
 * keys outlast an index that is rebuilt. A thread of its own waits for the disk.
 */
export class SqliteAccess implements AccessStore {
  readonly #file: string;
  #thread: Promise<Thread> | null = null;

  /**
   * Opens the file. If that fails, calls fail, and each tries again. A missing file is created by the first write, so a gateway
   * that cannot start leaves none.
   */
  constructor(file: string) {
    this.#file = resolve(file);
    this.#open().catch(() => {});
  }

  async prepare(): Promise<void> {
    await this.#call('prepare', null);
  }

  addKey(key: ApiKey): Promise<boolean> {
    return this.#call('addKey', key);
  }

  findKey(id: string): Promise<ApiKey | null> {
    return this.#call('findKey', id);
  }

  keys(): Promise<ApiKey[]> {
    return this.#call('keys', null);
  }

  async removeKey(id: string): Promise<void> {
    await this.#call('removeKey', id);
  }

  async markUsed(id: string, at: number): Promise<void> {
    await this.#call('markUsed', { id, at });
  }

  grant(ask: GrantRequest): Promise<Grant> {
    return this.#call('grant', ask);
  }

  async takeBack(points: Return): Promise<void> {
    await this.#call('takeBack', points);
  }

  async close(): Promise<void> {
    const thread = await this.#thread?.catch(() => null);
    await thread?.close();
  }

  async #call<N extends keyof AccessCalls>(name: N, args: AccessCalls[N]['args']): Promise<AccessCalls[N]['result']> {
    const thread = await this.#open();
    return thread.call(name, args);
  }

  #open(): Promise<Thread> {
    this.#thread ??= this.#start().catch((error: unknown) => {
      this.#forget();
      throw error;
    });
    return this.#thread;
  }

  async #start(): Promise<Thread> {
    if (!existsSync(this.#file)) requireRoom(this.#file);
    return StoreThread.start<AccessCalls>(WORKER, { file: this.#file }, () => this.#forget());
  }

  #forget(): void {
    this.#thread = null;
  }
}

/** Calls to the worker thread: arguments and result of each. */
export interface AccessCalls {
  prepare: { args: null; result: null };
  addKey: { args: ApiKey; result: boolean };
  findKey: { args: string; result: ApiKey | null };
  keys: { args: null; result: ApiKey[] };
  removeKey: { args: string; result: null };
  markUsed: { args: { id: string; at: number }; result: null };
  grant: { args: GrantRequest; result: Grant };
  takeBack: { args: Return; result: null };
  close: { args: null; result: null };
}
