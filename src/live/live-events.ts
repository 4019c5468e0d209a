import type { ReadStore } from '../store/store.ts';
import { decodeEventCursor } from './live-place.ts';
import { Subscription } from './subscription.ts';
import { Tail, type TailOptions } from './tail.ts';
import type { Topic } from './topic.ts';

/** What happens to the chain, for any number of subscribers of this process. */
export class LiveEvents {
  readonly #store: ReadStore;
  readonly #tail: Tail;

  constructor(options: TailOptions) {
    this.#store = options.store;
    this.#tail = new Tail(options);
  }

  /**
   * What happens about a topic, behind an event's cursor, or from now on.
   * @throws NOT_SYNCED where there is no log yet, EVENTS_EXPIRED where it no longer reaches back to there, BAD_CURSOR
   */
  async subscribe(topic: Topic, after: string | null): Promise<Subscription> {
    const place = after === null ? null : decodeEventCursor(after);
    return Subscription.open(topic, place, this.#tail, this.#store);
  }
}
