import type { Logger } from 'pino';

const TOLD_EVERY_MS = 60_000;

/** Counts refusals of one kind, and tells of them now and then: nobody fills the log by being refused. */
export class ToldRefusals {
  readonly #log: Logger;
  #count = 0;
  #told = { at: Number.NEGATIVE_INFINITY, count: 0 };

  constructor(log: Logger) {
    this.#log = log;
  }

  /** So far. */
  get count(): number {
    return this.#count;
  }

  note(message: string): void {
    this.#count += 1;
    if (performance.now() - this.#told.at < TOLD_EVERY_MS) return;
    const refused = this.#count - this.#told.count;
    this.#told = { at: performance.now(), count: this.#count };
    this.#log.warn({ refused }, message);
  }
}
