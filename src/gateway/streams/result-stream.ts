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
  readonly #onEnd: (() => void)[] = [];
  #onTold: () => void = () => {};
  #failure: Error | null = null;

  constructor(source: Subscription, execute: (event: LiveEvent) => Promise<FormattedExecutionResult>) {
    this.#source = source;
    this.#execute = execute;
  }

  /** Calls back once when it has ended, however that comes. */
  onEnd(callBack: () => void): void {
    this.#onEnd.push(callBack);
  }

  /** Calls back for each result that is asked for. */
  onTold(callBack: () => void): void {
    this.#onTold = callBack;
  }

  /** All up to here has been told; null while a result is being made. */
  get cursor(): string | null {
    return this.#isExecuting ? null : encodeEventCursor(this.#source.place);
  }

  /** @throws EVENTS_EXPIRED and others that end it */
  async next(): Promise<IteratorResult<Delivery>> {
    try {
      const { value: event, done } = await this.#source.next();
      if (!done) return { value: await this.#delivery(event), done: false };
      if (this.#failure !== null) throw this.#failure;
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return { value: undefined, done: true };
  }

  /** Ends it with an error, which whoever waits for the next result gets instead. */
  fail(error: Error): void {
    this.#failure = error;
    void this.return();
  }

  async return(): Promise<IteratorResult<Delivery>> {
    this.#end();
    await this.#source.return();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #delivery(event: LiveEvent): Promise<Delivery> {
    this.#isExecuting = true;
    try {
      const result = await this.#execute(event);
      if (this.#failure !== null) throw this.#failure;
      this.#onTold();
      return { cursor: encodeEventCursor(event.place), result };
    } finally {
      this.#isExecuting = false;
    }
  }

  #end(): void {
    for (const callBack of this.#onEnd.splice(0)) callBack();
  }
}
