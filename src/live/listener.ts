import { comparePlaces, type LiveEvent, type LivePlace, sizeOf } from './live-event.ts';
import { FREE_TOLL, type Toll } from './replays.ts';

/** The most events that wait for one subscriber; one that would have more continues by reading the log itself. */
const MAX_WAITING = 256;

/** The queue of one subscriber that receives events as they happen. */
export class Listener {
  readonly #reached: () => LivePlace | null;
  readonly #toll: Pick<Toll, 'tryPay'>;
  /** Everything up to here was taken, or was not for it. */
  #place: LivePlace;
  /** Numbers of recent events. */
  #waiting: number[] = [];
  #isOver = false;
  #failure: unknown = null;
  #wake: (() => void) | null = null;

  /** @param reached returns the place up to which everything has been offered to all listeners */
  constructor(place: LivePlace, reached: () => LivePlace | null, toll: Pick<Toll, 'tryPay'> = FREE_TOLL) {
    this.#place = place;
    this.#reached = reached;
    this.#toll = toll;
  }

  /** Everything up to here was taken, or was not for it. */
  get place(): LivePlace {
    if (this.#waiting.length === 0 && !this.#isOver) this.#settle();
    return this.#place;
  }

  /**
   * Pays for checking whether an event is for it. A subscriber that cannot pay is ended here: it reads the log itself, once it
   * has points for that.
   */
  pay(points: number): boolean {
    if (this.#isOver) return false;
    if (points === 0 || this.#toll.tryPay(points)) return true;
    this.end();
    return false;
  }

  offer(number: number, at: LivePlace): void {
    if (this.#isOver || comparePlaces(at, this.#place) <= 0) return;
    if (this.#waiting.length === 0) this.#settle();
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(number);
    else this.end();
    this.#wake?.();
  }

  /** Drops what waits, and offers nothing more: the subscriber reads it from the log. */
  end(): void {
    if (this.#waiting.length === 0 && !this.#isOver) this.#settle();
    this.#isOver = true;
    this.#waiting = [];
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure = error;
    this.#wake?.();
  }

  /** The number of the next event; null after the end. @throws the error given to `fail` */
  async next(): Promise<number | null> {
    for (;;) {
      if (this.#isOver) return null;
      const [number] = this.#waiting;
      if (number !== undefined) return number;
      if (this.#failure !== null) throw this.#failure;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
      this.#wake = null;
    }
  }

  /** Marks the next event as taken. */
  take(place: LivePlace): void {
    this.#waiting.shift();
    this.#place = place;
  }

  /** While nothing waits, everything that was offered to all was not for it. */
  #settle(): void {
    const reached = this.#reached();
    if (reached !== null && comparePlaces(reached, this.#place) > 0) this.#place = reached;
  }
}

const MAX_EVENTS = 4_096;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * The last events, within a memory limit, by increasing number. Subscribers hold only numbers, so the memory for events does
 * not depend on how many and how slow they are.
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

  /** Undefined if it is no longer kept. */
  get(number: number): LiveEvent | undefined {
    return this.#events.get(number);
  }
}
