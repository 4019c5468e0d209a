import { Worker } from 'node:worker_threads';
import type { BitqlError } from '../../errors.ts';
import { type CallTable, OPENED, type Reply, type Request } from './calls.ts';
import { openingError, sqliteError, unavailable } from './failures.ts';

/** Rows come and go by the million: a larger nursery would only hold more of those that are gone. */
const YOUNG_GENERATION_MIB = 8;

/** Node 24 still calls `node:sqlite` an experiment. */
const NO_SQLITE_WARNING = '--disable-warning=ExperimentalWarning';

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: BitqlError): void;
}

function causeOfDeath({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'there is not enough memory' : `its thread has ended (${message})`;
}

/** A worker thread with a connection of its own, since `node:sqlite` blocks its thread, and the calls under way in it. */
export class StoreThread<C extends CallTable<C>> {
  readonly #file: string;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  readonly #onDeath: (reason: BitqlError) => void;
  #nextId = OPENED + 1;
  #failure: BitqlError | undefined;

  private constructor(code: URL, settings: { readonly file: string }, onDeath: (reason: BitqlError) => void) {
    this.#file = settings.file;
    this.#onDeath = onDeath;
    this.#worker = new Worker(code, {
      workerData: settings,
      execArgv: [NO_SQLITE_WARNING],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#die(causeOfDeath(error)));
    this.#worker.on('exit', () => this.#die('the connection is closed'));
  }

  /**
   * Resolves when the thread has the file open.
   * @param onDeath told once when the thread ends, unless it could not even open the file
   */
  static async start<C extends CallTable<C>>(
    code: URL,
    settings: { readonly file: string },
    onDeath: (reason: BitqlError) => void,
  ): Promise<StoreThread<C>> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    let isOpen = false;
    const thread = new StoreThread<C>(code, settings, (reason) => {
      if (isOpen) onDeath(reason);
    });
    thread.#pending.set(OPENED, { resolve, reject });
    await promise;
    isOpen = true;
    return thread;
  }

  /** Arguments that are `moved` are no longer there for the caller. */
  call<N extends keyof C & string>(
    call: N,
    args: C[N]['args'],
    moved: readonly ArrayBuffer[] = [],
  ): Promise<C[N]['result']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as PendingCall['resolve'], reject });
      this.#worker.postMessage({ id, call, args } satisfies Request, moved);
    });
  }

  /** Ends the thread when it has done what it was asked for before. */
  async close(): Promise<void> {
    // A thread that has died has nothing left to close.
    await this.call('close', null).catch(() => {});
    await this.#worker.terminate();
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('result' in reply) pending?.resolve(reply.result);
    else if (reply.id === OPENED) pending?.reject(openingError(this.#file, reply.error));
    else pending?.reject(sqliteError(this.#file, reply.error));
  }

  #die(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = unavailable(this.#file, reason);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
    this.#onDeath(this.#failure);
  }
}
