import type { FormattedExecutionResult } from 'graphql';
import { LRUCache } from 'lru-cache';

/** A result, what it took, and roughly the memory that it takes, in bytes. */
export interface SizedResult {
  readonly result: FormattedExecutionResult;
  /** In points. */
  readonly used: number;
  readonly size: number;
}

const MAX_BYTES = 32 * 1024 * 1024;

/** The last results, so that subscriptions that ask for the same share one execution for each event. */
export class SharedResults {
  readonly #running = new Map<string, Promise<SizedResult>>();
  readonly #done = new LRUCache<string, SizedResult>({ maxSize: MAX_BYTES });

  async of(name: string, execute: () => Promise<SizedResult>): Promise<SizedResult> {
    const known = this.#done.get(name);
    if (known !== undefined) return known;
    return this.#running.get(name) ?? this.#run(name, execute);
  }

  #run(name: string, execute: () => Promise<SizedResult>): Promise<SizedResult> {
    const running = execute().then((sized) => {
      this.#done.set(name, sized, { size: sized.size + name.length });
      return sized;
    });
    this.#running.set(name, running);
    const end = () => this.#running.delete(name);
    running.then(end, end);
    return running;
  }
}
