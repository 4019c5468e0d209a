import { isBlockHappening, type LiveEvent } from './live-event.ts';

const MAX_EVENTS = 4_096;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * What happened last, as far as it has room, by a number that goes up: subscribers hold numbers, so that however slow they
 * are, and however many, the memory for events is this.
 */
export class RecentEvents {
  readonly #events = new Map<number, LiveEvent>();
  #next = 0;
  #bytes = 0;

  add(event: LiveEvent): number {
    this.#events.set(this.#next, event);
    this.#bytes += sizeOf(event);
    for (const [number, oldest] of this.#events) {
      const fits = this.#events.size <= MAX_EVENTS && this.#bytes <= MAX_BYTES;
      if (fits || number === this.#next) break;
      this.#events.delete(number);
      this.#bytes -= sizeOf(oldest);
    }
    return this.#next++;
  }

  /** Undefined where it is too long ago. */
  get(number: number): LiveEvent | undefined {
    return this.#events.get(number);
  }
}

/** In bytes: that of the transaction, and what it spends. */
export function sizeOf(event: LiveEvent): number {
  if (isBlockHappening(event)) return 0;
  const { transaction, spent } = event.transaction;
  return transaction.bytes.length + spent.reduce((sum, output) => sum + (output?.script.length ?? 0), 0);
}
