import { BitqlError } from '../errors.ts';
import { pause } from '../waiting.ts';
import type { Listener } from './listener.ts';
import type { LiveEvent } from './live-event.ts';
import type { LivePlace } from './live-place.ts';
import type { Replays, Toll } from './replays.ts';
import type { Tail } from './tail.ts';
import type { Topic } from './topic.ts';

/** How long a store is given that does not answer. */
const RETRY_MS = 500;

/** What a subscription is made of. */
export interface SubscriptionOptions {
  readonly tail: Tail;
  readonly replays: Replays;
  readonly toll: Toll;
}

/**
 * What happens about a topic, from a place on: read from the log up to the present, then as it happens. A subscriber that
 * takes it slowly reads the log again. It ends with `return`; errors that waiting does not help against end it too.
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

  /** @throws NOT_SYNCED, EVENTS_EXPIRED, BAD_CURSOR: what happens behind that place cannot be told */
  static async open(topic: Topic, after: LivePlace | null, options: SubscriptionOptions): Promise<LiveSubscription> {
    if (after !== null) await options.replays.requireKnown(after);
    const subscription = new LiveSubscription(topic, after, options);
    // From now on, not from the first call of `next` on.
    if (after === null) await subscription.#join();
    return subscription;
  }

  /** All that happened up to here has been told. */
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
