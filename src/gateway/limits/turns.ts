import { setImmediate as nextTurn } from 'node:timers/promises';
import { pause } from '../../waiting.ts';
import { Lane, type Rank, Share } from './lane.ts';

/** How long one turn of the event loop may go on with what can wait, in milliseconds: the longer, the less it costs to take turns. */
const SLICE_MS = 12;
/** The same while somebody who has a key waits for an answer. */
const SHORT_SLICE_MS = 4;
/** What took so long could not be done a little at a time. */
const LONG_MS = 24;
/** What those who have a key get where there is not enough for all, for one part of those who have none. */
const SHARE_OF_KEYS = 4;
/**
 * Requests of those who have no key that go on beside each other while there is more to do than can be done: each holds memory,
 * which takes the longer to clean up the more of it there is.
 */
const PLACES_OF_STRANGERS = { all: 8, ofLane: 2 };
const ANY_PLACES = { all: Number.POSITIVE_INFINITY, ofLane: Number.POSITIVE_INFINITY };

/**
 * Has what keeps the whole process busy happen a little at a time: first whoever has taken least of late, so that nobody waits for
 * those who ask for much, and those who have a key wait for few. In between, everything that is quick has its turn; what cannot
 * be done a little at a time leaves as much time as it took.
 */
export class Turns {
  readonly #lanes = new WeakMap<object, Lane>();
  readonly #strangers = new Share(1, PLACES_OF_STRANGERS);
  readonly #known = new Share(SHARE_OF_KEYS, ANY_PLACES);
  #isLetting = false;
  /** When something was first asked in this turn of the event loop. */
  #since: number | null = null;

  /** That of a caller, or of a request where callers are not told apart. */
  laneOf(owner: object, rank: Rank = { isStranger: true, weight: 1 }): Lane {
    const known = this.#lanes.get(owner);
    if (known !== undefined) return known;
    const share = rank.isStranger ? this.#strangers : this.#known;
    const wake = () => {
      if (!this.#isLetting) void this.#letGoOn();
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

  async #letGoOn(): Promise<void> {
    this.#isLetting = true;
    while (this.#share !== null) {
      await nextTurn();
      const taken = await this.#slice();
      if (taken >= LONG_MS) await pause(taken);
    }
    this.#isLetting = false;
  }

  /** Lets go on what waits, for a while. @returns how long it took, in milliseconds */
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

  /** Whose turn it is; null where nothing waits. */
  get #share(): Share | null {
    if (!this.#known.hasWaiting) return this.#strangers.hasWaiting ? this.#strangers : null;
    if (!this.#strangers.hasWaiting) return this.#known;
    return this.#known.taken <= this.#strangers.taken ? this.#known : this.#strangers;
  }
}

/** Resolves when all that is settled has been seen to, within this turn of the event loop. */
function allDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
