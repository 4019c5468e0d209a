import type { FormattedExecutionResult } from 'graphql';
import { encodeEventCursor, type LiveEvent, type LivePlace } from '../../live/live-event.ts';
import type { LiveSubscription } from '../../live/subscription.ts';

/** The result of one event, for a subscriber. */
export interface Delivery {
  readonly cursor: string;
  readonly result: FormattedExecutionResult;
}

/** How a subscriber learns that nothing happened. */
export interface Heartbeats {
  /** After this time without a result; the first comes at once. */
  readonly everyMs: number;
  /** The result for a place up to which everything was sent; null if it cannot be made now. */
  readonly execute: (place: LivePlace) => Promise<FormattedExecutionResult | null>;
}

/** The results of a subscription. Each is made on demand: a slow reader delays nobody. */
export class ResultStream implements AsyncIterableIterator<Delivery> {
  readonly #source: LiveSubscription;
  readonly #execute: (event: LiveEvent) => Promise<FormattedExecutionResult>;
  #isExecuting = false;
  readonly #heartbeats: Heartbeats | null;
  /** The next event of the source, from the time it is waited for until it is delivered. */
  #coming: Promise<IteratorResult<LiveEvent>> | null = null;
  /** Whether it has arrived. */
  #isHolding = false;
  #isFirst = true;
  readonly #onEnd: (() => void)[] = [];
  #onDelivery: () => void = () => {};
  #failure: Error | null = null;

  /** @param heartbeats null for none */
  constructor(
    source: LiveSubscription,
    execute: (event: LiveEvent) => Promise<FormattedExecutionResult>,
    heartbeats: Heartbeats | null = null,
  ) {
    this.#source = source;
    this.#execute = execute;
    this.#heartbeats = heartbeats;
  }

  /** Calls back once when it has ended, for any reason. */
  onEnd(callBack: () => void): void {
    this.#onEnd.push(callBack);
  }

  /** Calls back for each result. */
  onDelivery(callBack: () => void): void {
    this.#onDelivery = callBack;
  }

  /** Everything up to here was delivered; null while a result is being made. */
  get cursor(): string | null {
    return this.#isExecuting || this.#isHolding ? null : encodeEventCursor(this.#source.place);
  }

  /** @throws EVENTS_EXPIRED and other errors that end it */
  async next(): Promise<IteratorResult<Delivery>> {
    try {
      const beat = await this.#heartbeat();
      if (beat !== null) return { value: beat, done: false };
      const { value: event, done } = await this.#next();
      if (!done) return { value: await this.#delivery(event), done: false };
      if (this.#failure !== null) throw this.#failure;
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return { value: undefined, done: true };
  }

  /** Ends it with an error, which `next` throws. */
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

  async #next(): Promise<IteratorResult<LiveEvent>> {
    const next = await this.#come();
    [this.#coming, this.#isHolding] = [null, false];
    return next;
  }

  #come(): Promise<IteratorResult<LiveEvent>> {
    this.#coming ??= this.#source.next().finally(() => {
      this.#isHolding = true;
    });
    return this.#coming;
  }

  /** Waits for an event. @returns null if one arrives; else a heartbeat */
  async #heartbeat(): Promise<Delivery | null> {
    if (this.#heartbeats === null) return null;
    const { everyMs, execute } = this.#heartbeats;
    for (;;) {
      const place = this.#isFirst ? this.#source.place : await this.#quietFor(everyMs);
      this.#isFirst = false;
      if (place === null) return null;
      const result = await execute(place);
      if (result !== null) return { cursor: encodeEventCursor(place), result };
    }
  }

  /** @returns the place up to which everything was delivered when the time was over; null if an event arrived before */
  async #quietFor(ms: number): Promise<LivePlace | null> {
    const { promise, resolve } = Promise.withResolvers<LivePlace | null>();
    // The place at this moment: a later event moves it before it is delivered.
    const timer = setTimeout(() => resolve(this.#source.place), ms);
    const come = () => resolve(null);
    this.#come().then(come, come);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async #delivery(event: LiveEvent): Promise<Delivery> {
    this.#isExecuting = true;
    try {
      const result = await this.#execute(event);
      if (this.#failure !== null) throw this.#failure;
      this.#onDelivery();
      return { cursor: encodeEventCursor(event.place), result };
    } finally {
      this.#isExecuting = false;
    }
  }

  #end(): void {
    for (const callBack of this.#onEnd.splice(0)) callBack();
  }
}
