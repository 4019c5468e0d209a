import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Asks `/livez` of a gateway, from a thread that does nothing else. */
export class Livez implements AsyncDisposable {
  readonly #worker = new Worker(new URL('./livez-thread.ts', import.meta.url));

  /** @param url of the gateway, without a path */
  begin(url: string): void {
    this.#worker.postMessage(`${url}/livez`);
  }

  /** @returns how long each answer took since `begin`, in milliseconds */
  async end(): Promise<readonly number[]> {
    const told = once(this.#worker, 'message');
    this.#worker.postMessage(null);
    const [times] = await told;
    return times;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
