import { decodeEventCursor } from './live-place.ts';
import { FREE_TOLL, Replays } from './replays.ts';
import { LiveSubscription } from './subscription.ts';
import { Tail, type TailOptions } from './tail.ts';
import type { Topic } from './topic.ts';

/** What happens to the chain, for any number of subscribers of this process. */
export class LiveEvents {
  readonly #replays: Replays;
  readonly #tail: Tail;

  constructor(options: TailOptions) {
    this.#replays = new Replays(options.store);
    this.#tail = new Tail(options);
  }

  /**
   * What happens about a topic, behind an event's cursor, or from now on.
   * @param toll what it costs to have the log read for this subscriber alone
   * @throws NOT_SYNCED where there is no log yet, EVENTS_EXPIRED where it no longer reaches back to there, BAD_CURSOR
   */
  async subscribe(topic: Topic, after: string | null, toll = FREE_TOLL): Promise<LiveSubscription> {
    const place = after === null ? null : decodeEventCursor(after);
    return LiveSubscription.open(topic, place, { tail: this.#tail, replays: this.#replays, toll });
  }
}
