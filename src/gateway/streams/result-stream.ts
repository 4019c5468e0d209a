import type { FormattedExecutionResult } from 'graphql';
import type { LiveEvent } from '../../live/live-event.ts';
import { encodeEventCursor, type LivePlace } from '../../live/live-place.ts';
import type { LiveSubscription } from '../../live/subscription.ts';

/** What a subscriber is told of one event. */
export interface Delivery {
  readonly cursor: string;
  readonly result: FormattedExecutionResult;
}

/** How a subscriber is told that nothing happened. */
export interface Heartbeats {
  /** After as long without anything else; the first comes at once. */
  readonly everyMs: number;
  /** The result for a place up to which all was told; null where it cannot be made now. */
  readonly execute: (place: LivePlace) => Promise<FormattedExecutionResult | null>;
}

/** The results of a subscription. Each is made when it is asked for: whoever is slow holds up nobody. */
export class ResultStream implements AsyncIterableIterator<Delivery> {
  readonly #source: LiveSubscription;
  readonly #execute: (event: LiveEvent) => Promise<FormattedExecutionResult>;
  #isExecuting = false;
  readonly #heartbeats: Heartbeats | null;
  /** What comes next of the source, from when it is waited for until it is told. */
  #coming: Promise<IteratorResult<LiveEvent>> | null = null;
  /** Whether it has come. */
  #isHolding = false;
  #isFirst = true;
  readonly #onEnd: (() => void)[] = [];
  #onTold: () => void = () => {};
  #failure: Error | null = null;

  /** @param heartbeats null where none are told */
  constructor(
    source: LiveSubscription,
    execute: (event: LiveEvent) => Promise<FormattedExecutionResult>,
    heartbeats: Heartbeats | null = null,
  ) {
    this.#source = source;
    this.#execute = execute;
    this.#heartbeats = heartbeats;
  }

  /** Calls back once when it has ended, however that comes. */
  onEnd(callBack: () => void): void {
    this.#onEnd.push(callBack);
  }

  /** Calls back for each result that is asked for. */
  onTold(callBack: () => void): void {
    this.#onTold = callBack;
  }

  /** All up to here has been told; null while something is about to be. */
  get cursor(): string | null {
    return this.#isExecuting || this.#isHolding ? null : encodeEventCursor(this.#source.place);
  }

  /** @throws EVENTS_EXPIRED and others that end it */
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

  /** Waits for something to happen. @returns null where it does; else a heartbeat */
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

  /** @returns the place up to which all was told when the time was over; null where something came before */
  async #quietFor(ms: number): Promise<LivePlace | null> {
    const { promise, resolve } = Promise.withResolvers<LivePlace | null>();
    // The place of this very moment: an event that comes later moves it before it is told.
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
