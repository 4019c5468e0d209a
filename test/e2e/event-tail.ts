import { type EventPlace, type LoggedEvent, readEvents } from '../../src/store/event-log.ts';
import type { ReadStore } from '../../src/store/store.ts';

/** Reads the event log while it is written, a few events at a time, as a subscriber does. */
export class EventTail {
  readonly events: LoggedEvent[] = [];
  readonly #store: ReadStore;
  readonly #reading: Promise<void>;
  #after: EventPlace;
  #isClosed = false;

  constructor(store: ReadStore, after: EventPlace) {
    this.#store = store;
    this.#after = after;
    this.#reading = this.#read();
    // `close` awaits it.
    this.#reading.catch(() => {});
  }

  /** Reads up to the present and ends. */
  async close(): Promise<readonly LoggedEvent[]> {
    this.#isClosed = true;
    await this.#reading;
    return this.events;
  }

  async #read(): Promise<void> {
    for (;;) {
      const isLast = this.#isClosed;
      const page = await readEvents(this.#store, this.#after, 1 + Math.floor(Math.random() * 20));
      this.events.push(...page.events);
      this.#after = page.end;
      if (isLast && !page.more) return;
      if (!page.more) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
