import type { FormattedExecutionResult } from 'graphql';
import type { LiveEvent } from '../../live/live-event.ts';
import { encodeEventCursor } from '../../live/live-place.ts';
import type { Subscription } from '../../live/subscription.ts';

/** What a subscriber is told of one event. */
export interface Delivery {
  readonly cursor: string;
  readonly result: FormattedExecutionResult;
}

/** The results of a subscription. Each is made when it is asked for: whoever is slow holds up nobody. */
export class ResultStream implements AsyncIterableIterator<Delivery> {
  readonly #source: Subscription;
  readonly #execute: (event: LiveEvent) => Promise<FormattedExecutionResult>;
  #isExecuting = false;

  constructor(source: Subscription, execute: (event: LiveEvent) => Promise<FormattedExecutionResult>) {
    this.#source = source;
    this.#execute = execute;
  }

  /** All up to here has been told; null while a result is being made. */
  get cursor(): string | null {
    return this.#isExecuting ? null : encodeEventCursor(this.#source.place);
  }

  /** @throws EVENTS_EXPIRED and others that end it */
  async next(): Promise<IteratorResult<Delivery>> {
    const { value: event, done } = await this.#source.next();
    if (done) return { value: undefined, done };
    this.#isExecuting = true;
    try {
      return { value: { cursor: encodeEventCursor(event.place), result: await this.#execute(event) }, done: false };
    } finally {
      this.#isExecuting = false;
    }
  }

  async return(): Promise<IteratorResult<Delivery>> {
    await this.#source.return();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
