import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HonestCrowd, HonestReport } from './honest-thread.ts';

/** Honest clients in a thread of their own, so that what attackers do in this one does not hold up their clocks. */
export class HonestClients {
  readonly #worker: Worker;

  constructor(crowd: HonestCrowd) {
    this.#worker = new Worker(new URL('./honest-thread.ts', import.meta.url), { workerData: crowd });
  }

  async close(): Promise<HonestReport> {
    const told = once(this.#worker, 'message');
    this.#worker.postMessage('close');
    const [report] = await told;
    await this.#worker.terminate();
    return report;
  }
}
