import { comparePlaces, type LivePlace } from './live-place.ts';
import { FREE_TOLL, type Toll } from './replays.ts';

/** Events that may wait for one subscriber; one that has more goes on by reading the log itself. */
const MAX_WAITING = 256;

/** What waits for one subscriber that is told of events as they happen. */
export class Listener {
  readonly #reached: () => LivePlace | null;
  readonly #toll: Pick<Toll, 'tryPay'>;
  /** All up to here is taken, or was not for it. */
  #place: LivePlace;
  /** Numbers of recent events. */
  #waiting: number[] = [];
  #isOver = false;
  #failure: unknown = null;
  #wake: (() => void) | null = null;

  /** @param reached up to where all has been told to everybody */
  constructor(place: LivePlace, reached: () => LivePlace | null, toll: Pick<Toll, 'tryPay'> = FREE_TOLL) {
    this.#place = place;
    this.#reached = reached;
    this.#toll = toll;
  }

  /** All up to here is taken, or was not for it. */
  get place(): LivePlace {
    if (this.#waiting.length === 0 && !this.#isOver) this.#settle();
    return this.#place;
  }

  /**
   * Pays for a look at whether something is for it. One that cannot is told nothing more: it reads the log itself, once there are
   * points for that.
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

  /** It is told nothing more, not even what waits: the log tells that again. */
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

  /** The number of the next event; null when there will be none. @throws what made it fail */
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

  /** The next event has been taken. */
  take(place: LivePlace): void {
    this.#waiting.shift();
    this.#place = place;
  }

  /** While nothing waits, all that has been told to everybody was not for it. */
  #settle(): void {
    const reached = this.#reached();
    if (reached !== null && comparePlaces(reached, this.#place) > 0) this.#place = reached;
  }
}
