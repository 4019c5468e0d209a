import { Worker } from 'node:worker_threads';
import type { BitqlError } from '../../errors.ts';
import { type CallTable, OPENED, type Reply, type Request } from './calls.ts';
import { openingError, requireRegularFile, sqliteError, unavailable } from './failures.ts';

/** Most rows are short-lived: a larger young generation would only hold more garbage. */
const YOUNG_GENERATION_MIB = 8;

/** Node 24 still warns that `node:sqlite` is experimental. */
const NO_SQLITE_WARNING = '--disable-warning=ExperimentalWarning';

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: BitqlError): void;
}

function causeOfDeath({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'there is not enough memory' : `its thread has ended (${message})`;
}

/** A worker thread with its own connection, because `node:sqlite` blocks its thread; and the calls under way in it. */
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
   * @param onDeath called once when the thread ends, unless it could not open the file
   */
  static async start<C extends CallTable<C>>(
    code: URL,
    settings: { readonly file: string },
    onDeath: (reason: BitqlError) => void,
  ): Promise<StoreThread<C>> {
    requireRegularFile(settings.file);
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

  /** The caller can no longer use the memory of arguments that is `moved`. */
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

  /** Ends the thread after the calls that were made before. */
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
