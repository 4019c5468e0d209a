import { setTimeout as sleep } from 'node:timers/promises';
import { BitqlError } from '../errors.ts';
import { openLog, readEvents, requireKept } from '../store/event-log.ts';
import type { ReadStore } from '../store/store.ts';
import type { Listener } from './listener.ts';
import type { LiveEvent } from './live-event.ts';
import { behind, comparePlaces, type LivePlace, resumeAt } from './live-place.ts';
import { sizeOf } from './recent-events.ts';
import type { Tail } from './tail.ts';
import type { Topic } from './topic.ts';
import { TopicIndex } from './topic-index.ts';
import { unfold } from './unfold.ts';

/** Events of the log that are read at once. */
const PAGE = 64;
/** What is held for one subscriber: then it has to take that first. */
const MAX_HELD = 64;
const MAX_HELD_BYTES = 64 * 1024;
/** How long events are gathered before the first is told. */
const MAX_GATHERING_MS = 50;
/** How long a store is given that does not answer. */
const RETRY_MS = 500;

/**
 * What happens about a topic, from a place on: read from the log up to the present, then as it happens. A subscriber that
 * takes it slowly reads the log again. It ends with `return`; errors that waiting does not help against end it too.
 */
export class Subscription implements AsyncIterableIterator<LiveEvent> {
  readonly topic: Topic;
  readonly #tail: Tail;
  readonly #store: ReadStore;
  readonly #events: AsyncGenerator<LiveEvent>;
  readonly #stop = new AbortController();
  #place: LivePlace | null;
  #listener: Listener | null = null;

  private constructor(topic: Topic, after: LivePlace | null, tail: Tail, store: ReadStore) {
    this.topic = topic;
    this.#place = after;
    this.#tail = tail;
    this.#store = store;
    this.#events = this.#run();
  }

  /** @throws NOT_SYNCED, EVENTS_EXPIRED, BAD_CURSOR: what happens behind that place cannot be told */
  static async open(topic: Topic, after: LivePlace | null, tail: Tail, store: ReadStore): Promise<Subscription> {
    if (after !== null) await requireKnown(after, store);
    const subscription = new Subscription(topic, after, tail, store);
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
    const listener = await this.#tail.join(this.topic, this.#place);
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
        const { events, reached, more } = await this.#readOn(this.#place!);
        for (const event of events) {
          this.#place = event.place;
          yield event;
          if (signal.aborted) return;
        }
        this.#place = reached;
        hasMore = more;
      } catch (error) {
        if (!(error instanceof BitqlError) || !error.retryable) throw error;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** As much of what follows as may be held at once. */
  async #readOn(from: LivePlace): Promise<{ events: LiveEvent[]; reached: LivePlace; more: boolean }> {
    const index = new TopicIndex();
    index.add(this.topic);
    const page = await readEvents(this.#store, resumeAt(from), PAGE);
    const events: LiveEvent[] = [];
    const begun = performance.now();
    let bytes = 0;
    for await (const { event } of unfold(page, index, this.#store, from)) {
      if (comparePlaces(event.place, from) <= 0) continue;
      events.push(event);
      bytes += sizeOf(event);
      const isEnough = events.length >= MAX_HELD || bytes >= MAX_HELD_BYTES;
      if (isEnough || performance.now() - begun > MAX_GATHERING_MS) return { events, reached: event.place, more: true };
    }
    const end = behind(page.end);
    return { events, reached: comparePlaces(end, from) > 0 ? end : from, more: page.more };
  }
}

/** A place that the log can go on from. */
async function requireKnown(after: LivePlace, store: ReadStore): Promise<void> {
  const snapshot = await openLog(store);
  requireKept(resumeAt(after), snapshot);
  const { number } = after.event;
  // Nothing need have been committed in an epoch that began.
  const isBeginning = number.counter === 0 && number.epoch <= snapshot.commit.epoch;
  if (isBeginning || snapshot.includes(number)) return;
  throw new BitqlError('BAD_CURSOR', 'The event cursor is newer than the index, or of another one: begin anew.');
}
