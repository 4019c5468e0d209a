import pLimit from 'p-limit';
import { BitqlError } from '../errors.ts';
import { FREE_WORK, type Work } from '../query/work.ts';
import { openLog, readEvents, requireKept } from '../store/event-log.ts';
import type { ReadStore } from '../store/store.ts';
import type { LiveEvent } from './live-event.ts';
import { behind, comparePlaces, type LivePlace, resumeAt } from './live-place.ts';
import { LogReader } from './log-reader.ts';
import { sizeOf } from './recent-events.ts';
import type { Topic } from './topic.ts';
import { TopicIndex } from './topic-index.ts';
import { unfold } from './unfold.ts';

/** Pages that are read at once, for all subscribers: whoever comes later waits for as long as a page takes. */
const AT_ONCE = 4;
/** Events of the log that are read at once. */
const PAGE = 64;
/** What is held for one subscriber: then it has to take that first. */
const MAX_HELD = 64;
const MAX_HELD_BYTES = 64 * 1024;
/** How long events are gathered before the first is told. */
const MAX_GATHERING_MS = 50;

/** What it costs a subscriber to be looked for, and to have the log read for itself. */
export interface Toll {
  readonly work: Work;
  /** Whether so many points were there, and are spent. */
  tryPay(points: number): boolean;
  /** Resolves when all that was read is paid, or nobody waits for it any more. */
  paid(): Promise<void>;
}

export const FREE_TOLL: Toll = { work: FREE_WORK, tryPay: () => true, paid: async () => {} };

/** What was read of the log again for one subscriber. */
export interface ReplayedPage {
  readonly events: readonly LiveEvent[];
  /** All up to here is among them, or was not for it. */
  readonly reached: LivePlace;
  readonly more: boolean;
}

/** Reads the log of events again, for subscribers that come back or are slow. */
export class Replays {
  readonly #store: ReadStore;
  readonly #limit = pLimit(AT_ONCE);

  constructor(store: ReadStore) {
    this.#store = store;
  }

  /** As much of what follows about a topic as may be held at once. */
  page(topic: Topic, from: LivePlace, { work }: Toll): Promise<ReplayedPage> {
    return this.#limit(() => this.#read(topic, from, new LogReader(this.#store, work)));
  }

  /** @throws EVENTS_EXPIRED, BAD_CURSOR where the log cannot go on from a place */
  async requireKnown(after: LivePlace): Promise<void> {
    const snapshot = await openLog(this.#store);
    requireKept(resumeAt(after), snapshot);
    const { number } = after.event;
    // Nothing need have been committed in an epoch that began.
    const isBeginning = number.counter === 0 && number.epoch <= snapshot.commit.epoch;
    if (isBeginning || snapshot.includes(number)) return;
    throw new BitqlError(
      'BAD_CURSOR',
      'The cursor is newer than the index, or belongs to another index: subscribe without a cursor, or with that of `chain { cursor }`.',
    );
  }

  async #read(topic: Topic, from: LivePlace, log: LogReader): Promise<ReplayedPage> {
    const index = new TopicIndex();
    const wants = (event: LiveEvent) => {
      log.work.add(topic.pointsOf(event));
      return topic.wants(event);
    };
    index.add({ ...topic, wants });
    const page = await readEvents(log.store, resumeAt(from), PAGE);
    const events: LiveEvent[] = [];
    const begun = performance.now();
    let bytes = 0;
    for await (const { event } of unfold(page, index, log, from)) {
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
