import type { ChainStore } from '../../src/store/store.ts';
import { quietly } from '../ahead.ts';
import type { Group } from './group.ts';

/** Groups that the store works on at the same time: while one is written, the next is on its way. */
const IN_FLIGHT = 2;

/** Writes groups side by side and tells of them in their order. */
export class WriteQueue {
  readonly #store: ChainStore;
  readonly #onWritten: (group: Group) => Promise<void>;
  /** Oldest first; each resolves behind all before it. */
  #pending: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(store: ChainStore, onWritten: (group: Group) => Promise<void>) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  /** Resolves when there is room for another group. */
  async ready(): Promise<void> {
    while (this.#pending.length >= IN_FLIGHT) await this.#oldest();
  }

  start(group: Group): void {
    const written = Promise.all([this.#store.write(group.batch), this.#last]);
    this.#last = quietly(written.then(([batch]) => this.#onWritten({ ...group, batch })));
    this.#pending.push(this.#last);
  }

  /** Resolves when all is written and told of; rejects with the first failure. */
  async drain(): Promise<void> {
    while (this.#pending.length > 0) await this.#oldest();
  }

  /** Resolves when nothing is under way, whatever became of it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  async #oldest(): Promise<void> {
    await this.#pending[0];
    this.#pending.shift();
  }
}
