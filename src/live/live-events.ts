import type { ReadStore } from '../store/store.ts';
import type { LivePlace } from './live-place.ts';
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
   * What happens about a topic, behind a place or from now on.
   * @throws NOT_SYNCED where there is no log yet, EVENTS_EXPIRED where it no longer reaches back to there, BAD_CURSOR
   */
  subscribe(topic: Topic, after: LivePlace | null): Promise<Subscription> {
    return Subscription.open(topic, after, this.#tail, this.#store);
  }
}
