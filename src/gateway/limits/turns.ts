import { setImmediate as nextTurn } from 'node:timers/promises';
import { pause } from '../../waiting.ts';
import { Lane, type Rank, Share } from './lane.ts';

/** How long deferrable work may hold one turn of the event loop, in milliseconds. A longer slice has less overhead. */
const SLICE_MS = 12;
/** The same while a caller with a key waits for an answer. */
const SHORT_SLICE_MS = 4;
/** A slice that took this long contained work that cannot be divided. */
const LONG_MS = 24;
/** The time of callers with a key for each part of those without, when there is not enough for all. */
const SHARE_OF_KEYS = 4;
/**
 * Requests of callers without a key that may run at the same time under load: each holds memory, and garbage collection takes
 * longer the more there is.
 */
const PLACES_OF_STRANGERS = { all: 8, ofLane: 2 };
const ANY_PLACES = { all: Number.POSITIVE_INFINITY, ofLane: Number.POSITIVE_INFINITY };

/**
 * Divides work that would keep the whole process busy into slices. The caller with the least recent use goes first, so nobody
 * waits for those who ask for much, and callers with a key wait for few others. Quick work runs between slices; after a slice
 * that could not be divided, an equal time is left for it.
 */
export class Turns {
  readonly #lanes = new WeakMap<object, Lane>();
  readonly #strangers = new Share(1, PLACES_OF_STRANGERS);
  readonly #known = new Share(SHARE_OF_KEYS, ANY_PLACES);
  #isRunning = false;
  /** When work was first asked about in this turn of the event loop. */
  #since: number | null = null;

  /** The lane of a caller, or of a request if callers are not distinguished. */
  laneOf(owner: object, rank: Rank = { isStranger: true, weight: 1 }): Lane {
    const known = this.#lanes.get(owner);
    if (known !== undefined) return known;
    const share = rank.isStranger ? this.#strangers : this.#known;
    const wake = () => {
      if (!this.#isRunning) void this.#run();
    };
    const lane = new Lane(rank, share, { isLate: () => this.#isLate(), wake });
    this.#lanes.set(owner, lane);
    return lane;
  }

  #isLate(): boolean {
    const now = performance.now();
    if (this.#since !== null) return now - this.#since >= this.#sliceMs;
    this.#since = now;
    setImmediate(() => {
      this.#since = null;
    });
    return false;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#share !== null) {
      await nextTurn();
      const taken = await this.#slice();
      if (taken >= LONG_MS) await pause(taken);
    }
    this.#isRunning = false;
  }

  /** Gives turns to waiting work for one slice. @returns how long it took, in milliseconds */
  async #slice(): Promise<number> {
    const begun = performance.now();
    let now = begun;
    for (let share = this.#share; share !== null && now - begun < this.#sliceMs; share = this.#share) {
      const lane = share.letGoOn();
      await allDone();
      const taken = performance.now() - now;
      now += taken;
      lane.count(taken);
      share.count(taken);
    }
    return now - begun;
  }

  get #sliceMs(): number {
    return this.#known.underWay > 0 ? SHORT_SLICE_MS : SLICE_MS;
  }

  /** The share that is next; null if nothing waits. */
  get #share(): Share | null {
    if (!this.#known.hasWaiting) return this.#strangers.hasWaiting ? this.#strangers : null;
    if (!this.#strangers.hasWaiting) return this.#known;
    return this.#known.taken <= this.#strangers.taken ? this.#known : this.#strangers;
  }
}

/** Resolves when all settled promises have been handled, within this turn of the event loop. */
function allDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
