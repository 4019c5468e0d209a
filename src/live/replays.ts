import pLimit from 'p-limit';
import { BitqlError } from '../errors.ts';
import { FREE_WORK, type Work } from '../query/work.ts';
import { openLog, readEvents, requireKept } from '../store/event-log.ts';
import type { ReadStore } from '../store/store.ts';
import {
  comparePlaces,
  endOfEvent,
  type LiveEvent,
  type LivePlace,
  requireSameIndex,
  resumeAt,
  sizeOf,
} from './live-event.ts';
import { LogReader } from './log-reader.ts';
import { type Topic, TopicIndex } from './topic.ts';
import { unfold } from './unfold.ts';

/** Pages that are read at once, for all subscribers: others wait for about the time of one page. */
const AT_ONCE = 4;
/** Events of the log that are read at once. */
const PAGE = 64;
/** The most that is held for one subscriber, which has to take it before more is read. */
const MAX_HELD = 64;
const MAX_HELD_BYTES = 64 * 1024;
/** How long events are gathered before the first is delivered. */
const MAX_GATHERING_MS = 50;

/** What a subscriber pays for checking events, and for reading the log for it alone. */
export interface Toll {
  readonly work: Work;
  /** Spends so many points; false if there are too few. */
  tryPay(points: number): boolean;
  /** Resolves when all reads are paid, or nobody waits for it any more. */
  paid(): Promise<void>;
}

export const FREE_TOLL: Toll = { work: FREE_WORK, tryPay: () => true, paid: async () => {} };

/** A page of the log, read again for one subscriber. */
export interface ReplayedPage {
  readonly events: readonly LiveEvent[];
  /** Everything up to here is in `events`, or was not for it. */
  readonly reached: LivePlace;
  readonly more: boolean;
}

/** Reads the log of events again, for subscribers that return or are slow. */
export class Replays {
  readonly #store: ReadStore;
  readonly #limit = pLimit(AT_ONCE);

  constructor(store: ReadStore) {
    this.#store = store;
  }

  /** As many of the following events of a topic as may be held at once. */
  page(topic: Topic, from: LivePlace, { work }: Toll): Promise<ReplayedPage> {
    return this.#limit(() => this.#read(topic, from, new LogReader(this.#store, work)));
  }

  /** @throws EVENTS_EXPIRED, BAD_CURSOR if the log cannot be read from a place */
  async requireKnown(after: LivePlace): Promise<void> {
    const snapshot = await openLog(this.#store);
    requireSameIndex(after, snapshot);
    requireKept(resumeAt(after), snapshot);
    const { number } = after.event;
    // An epoch may have begun without a commit.
    const isBeginning = number.counter === 0 && number.epoch <= snapshot.commit.epoch;
    if (isBeginning || snapshot.includes(number)) return;
    throw new BitqlError(
      'BAD_CURSOR',
      'The cursor is newer than the index: subscribe without a cursor, or with that of `chain { cursor }`.',
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
    requireSameIndex(from, page.snapshot);
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
    const end = endOfEvent(page.end, page.snapshot.state);
    return { events, reached: comparePlaces(end, from) > 0 ? end : from, more: page.more };
  }
}
