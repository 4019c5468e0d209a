import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** How long one turn of the event loop may go on with what can wait, in milliseconds. */
const SLICE_MS = 8;
/** In which what a lane has taken counts for half, in milliseconds. */
const HALF_LIFE_MS = 5_000;

/**
 * Has what keeps the whole process busy happen a little at a time: first whoever has taken least of late, so that nobody waits for
 * those who ask for much. The time that it took is left to everything else: half of the time is always there for what is quick.
 */
export class Turns {
  readonly #lanes = new WeakMap<object, Lane>();
  /** Those with something that waits. */
  readonly #waiting = new Set<Lane>();
  #isLetting = false;
  /** What was let go on has taken, and others were not left yet, in milliseconds. */
  #debt = 0;
  /** When something was first asked in this turn of the event loop. */
  #since: number | null = null;

  /** That of a caller, or of a request where callers are not told apart. */
  laneOf(owner: object): Lane {
    const known = this.#lanes.get(owner);
    if (known !== undefined) return known;
    const lane = new Lane({ isLate: () => this.#isLate(), enter: (entering) => this.#enter(entering) });
    this.#lanes.set(owner, lane);
    return lane;
  }

  #isLate(): boolean {
    const now = performance.now();
    if (this.#since !== null) return now - this.#since >= SLICE_MS;
    this.#since = now;
    setImmediate(() => {
      this.#since = null;
    });
    return false;
  }

  #enter(lane: Lane): void {
    this.#waiting.add(lane);
    if (!this.#isLetting) void this.#letGoOn();
  }

  async #letGoOn(): Promise<void> {
    this.#isLetting = true;
    while (this.#waiting.size > 0) {
      await nextTurn();
      this.#debt += await this.#slice();
      if (this.#debt < SLICE_MS) continue;
      await sleep(this.#debt);
      this.#debt = 0;
    }
    this.#isLetting = false;
  }

  /** Lets go on what waits, for a while. @returns how long it took, in milliseconds */
  async #slice(): Promise<number> {
    const begun = performance.now();
    let now = begun;
    for (let lane = this.#next(); lane !== null && now - begun < SLICE_MS; lane = this.#next()) {
      if (!lane.letGoOn()) this.#waiting.delete(lane);
      await allDone();
      const last = now;
      now = performance.now();
      lane.count(now - last);
    }
    return now - begun;
  }

  #next(): Lane | null {
    let next: Lane | null = null;
    for (const lane of this.#waiting) if (next === null || lane.taken < next.taken) next = lane;
    return next;
  }
}

/** Resolves when all that is settled has been seen to, within this turn of the event loop. */
function allDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

interface Way {
  isLate(): boolean;
  enter(lane: Lane): void;
}

/** What waits for its turn on behalf of one caller, in the order in which it came. */
export class Lane {
  readonly #way: Way;
  #waiting: (() => void)[] = [];
  #let = 0;
  #taken = 0;
  #countedAt = performance.now();

  constructor(way: Way) {
    this.#way = way;
  }

  /** To be asked between pieces of work. @returns null where this turn of the event loop has not taken long yet */
  goOn(): Promise<void> | null {
    return this.#way.isLate() ? this.next() : null;
  }

  /** Resolves when it is the caller's turn: what it does before it waits for anything is counted. */
  next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#way.enter(this);
    return promise;
  }

  /** What it took of late, in milliseconds. */
  get taken(): number {
    return this.#taken * 0.5 ** ((performance.now() - this.#countedAt) / HALF_LIFE_MS);
  }

  count(ms: number): void {
    this.#taken = this.taken + ms;
    this.#countedAt = performance.now();
  }

  /** Lets the first go on. @returns whether others wait */
  letGoOn(): boolean {
    this.#waiting[this.#let++]!();
    if (this.#let < this.#waiting.length) return true;
    this.#waiting = [];
    this.#let = 0;
    return false;
  }
}
