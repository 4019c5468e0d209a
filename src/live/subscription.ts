import { BitqlError } from '../errors.ts';
import { pause } from '../waiting.ts';
import type { Listener } from './listener.ts';
import { decodeEventCursor, type LiveEvent, type LivePlace } from './live-event.ts';
import { FREE_TOLL, Replays, type Toll } from './replays.ts';
import { Tail, type TailOptions } from './tail.ts';
import type { Topic } from './topic.ts';

/** The events of the chain, for any number of subscribers of this process. */
export class LiveEvents {
  readonly #replays: Replays;
  readonly #tail: Tail;

  constructor(options: TailOptions) {
    this.#replays = new Replays(options.store);
    this.#tail = new Tail(options);
  }

  /**
   * The events of a topic, after an event's cursor, or from now on.
   * @param toll what it costs to read the log for this subscriber alone
   * @throws NOT_SYNCED if there is no log yet, EVENTS_EXPIRED if it no longer reaches back to the cursor, BAD_CURSOR
   */
  async subscribe(topic: Topic, after: string | null, toll = FREE_TOLL): Promise<LiveSubscription> {
    const place = after === null ? null : decodeEventCursor(after);
    return LiveSubscription.open(topic, place, { tail: this.#tail, replays: this.#replays, toll });
  }
}

/** Pause before a store that does not answer is asked again. */
const RETRY_MS = 500;

/** What a subscription is made of. */
interface SubscriptionOptions {
  readonly tail: Tail;
  readonly replays: Replays;
  readonly toll: Toll;
}

/**
 * The events of a topic, from a place on: read from the log up to the present, then as they happen. A slow subscriber reads the
 * log again. It ends with `return`, or with an error that does not pass by itself.
 */
export class LiveSubscription implements AsyncIterableIterator<LiveEvent> {
  readonly topic: Topic;
  readonly #tail: Tail;
  readonly #replays: Replays;
  readonly #toll: Toll;
  readonly #events: AsyncGenerator<LiveEvent>;
  readonly #stop = new AbortController();
  #place: LivePlace | null;
  #listener: Listener | null = null;

  private constructor(topic: Topic, after: LivePlace | null, { tail, replays, toll }: SubscriptionOptions) {
    this.topic = topic;
    this.#place = after;
    this.#tail = tail;
    this.#replays = replays;
    this.#toll = toll;
    this.#events = this.#run();
  }

  /** @throws NOT_SYNCED, EVENTS_EXPIRED, BAD_CURSOR if events after that place cannot be read */
  static async open(topic: Topic, after: LivePlace | null, options: SubscriptionOptions): Promise<LiveSubscription> {
    if (after !== null) await options.replays.requireKnown(after);
    const subscription = new LiveSubscription(topic, after, options);
    // It begins now, not at the first call of `next`.
    if (after === null) await subscription.#join();
    return subscription;
  }

  /** Everything up to here was delivered. */
  get place(): LivePlace {
    return this.#listener?.place ?? this.#place!;
  }

  next(): Promise<IteratorResult<LiveEvent>> {
    return this.#events.next();
  }

  async return(): Promise<IteratorResult<LiveEvent>> {
    this.#stop.abort();
    this.#leave();
    return this.#events.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async *#run(): AsyncGenerator<LiveEvent> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        if (this.#listener === null) {
          yield* this.#replay(signal);
          if (!signal.aborted) await this.#join();
        } else {
          yield* this.#follow(this.#listener);
          this.#leave();
        }
      }
    } finally {
      this.#leave();
    }
  }

  async #join(): Promise<void> {
    const listener = await this.#tail.join(this.topic, this.#place, this.#toll);
    this.#listener = listener;
    if (this.#stop.signal.aborted) this.#leave();
  }

  #leave(): void {
    const listener = this.#listener;
    if (listener === null) return;
    this.#tail.leave(this.topic, listener);
    listener.end();
    this.#place = listener.place;
    this.#listener = null;
  }

  /** Until it is too slow, or ends. */
  async *#follow(listener: Listener): AsyncGenerator<LiveEvent> {
    for (;;) {
      const number = await listener.next();
      const event = number === null ? undefined : this.#tail.recent.get(number);
      if (event === undefined) return;
      listener.take(event.place);
      yield event;
    }
  }

  /** Up to the present. */
  async *#replay(signal: AbortSignal): AsyncGenerator<LiveEvent> {
    for (let hasMore = true; hasMore && !signal.aborted; ) {
      try {
        const { events, reached, more } = await this.#replays.page(this.topic, this.#place!, this.#toll);
        await this.#toll.paid();
        for (const event of events) {
          this.#place = event.place;
          yield event;
          if (signal.aborted) return;
        }
        this.#place = reached;
        hasMore = more;
      } catch (error) {
        if (!(error instanceof BitqlError) || !error.retryable) throw error;
        await pause(RETRY_MS, signal);
      }
    }
  }
}
