import { unlessAborted } from '../../waiting.ts';

/** This many entries that had their turn are removed from a queue together. */
const MANY = 64;
/** Time after which past use counts for half, in milliseconds. */
const HALF_LIFE_MS = 5_000;
/** A lane with less recent use than this is light, in milliseconds. */
const LIGHT_MS = 20;

/** The priority of a caller among those who wait. */
export interface Rank {
  /** Whether the caller has no key. */
  readonly isStranger: boolean;
  /** Its share of the time, relative to callers of weight 1. */
  readonly weight: number;
}

/** Recent use of the processor, in milliseconds divided by the weight. */
class Taken {
  readonly #weight: number;
  #taken = 0;
  #countedAt = performance.now();

  constructor(weight: number) {
    this.#weight = weight;
  }

  get taken(): number {
    return this.#taken * 0.5 ** ((performance.now() - this.#countedAt) / HALF_LIFE_MS);
  }

  /** In milliseconds, not divided by the weight. */
  get takenMs(): number {
    return this.taken * this.#weight;
  }

  count(ms: number): void {
    this.#taken = this.taken + ms / this.#weight;
    this.#countedAt = performance.now();
  }
}

/** How many requests may run at the same time while others wait to continue. */
export interface Places {
  readonly all: number;
  /** Of one lane. */
  readonly ofLane: number;
}

/** Lanes that share an amount of processor time. */
export class Share extends Taken {
  readonly #places: Places;
  /** Requests that have begun and are not over. */
  #underWay = 0;
  /** Lanes with something that waits to continue, and lanes with requests that wait to begin. */
  readonly #goingOn = new Set<Lane>();
  readonly #beginning = new Set<Lane>();

  constructor(weight: number, places: Places) {
    super(weight);
    this.#places = places;
  }

  get underWay(): number {
    return this.#underWay;
  }

  get hasWaiting(): boolean {
    return this.#goingOn.size > 0 || this.#beginning.size > 0;
  }

  /** Whether a request of a lane has to wait before it begins. */
  isFullFor(lane: Lane): boolean {
    if (lane.begins) return true;
    return !lane.isLight && (this.#beginning.size > 0 || !this.#hasRoomFor(lane));
  }

  #hasRoomFor(lane: Lane): boolean {
    if (lane.isLight || this.#goingOn.size === 0) return true;
    return this.#underWay < this.#places.all && lane.underWay < this.#places.ofLane;
  }

  begin(): void {
    this.#underWay += 1;
  }

  end(): void {
    this.#underWay -= 1;
  }

  wait(lane: Lane): void {
    if (lane.goesOn) this.#goingOn.add(lane);
    else this.#goingOn.delete(lane);
    if (lane.begins) this.#beginning.add(lane);
    else this.#beginning.delete(lane);
  }

  /** Gives a turn to the lane with the least recent use; some lane must be waiting. */
  letGoOn(): Lane {
    const beginning = [...this.#beginning].filter((lane) => this.#hasRoomFor(lane));
    const [first, ...others] = [...this.#goingOn, ...beginning];
    const next = others.reduce((least, lane) => (lane.taken < least.taken ? lane : least), first!);
    next.letGoOn();
    this.wait(next);
    return next;
  }
}

/** How the lanes of a process get their turns. */
interface Scheduler {
  isLate(): boolean;
  wake(): void;
}

/** What waits for its turn on behalf of one caller, first in, first out; requests that have begun go first. */
export class Lane extends Taken {
  /** Whether its caller has no key. */
  readonly isStranger: boolean;
  readonly #share: Share;
  readonly #scheduler: Scheduler;
  readonly #goingOn = new Queue();
  readonly #beginning = new Queue();
  #underWay = 0;

  constructor({ isStranger, weight }: Rank, share: Share, scheduler: Scheduler) {
    super(weight);
    this.isStranger = isStranger;
    this.#share = share;
    this.#scheduler = scheduler;
  }

  /** Requests that have begun and are not over. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether it has used little: then it need not wait for a place. */
  get isLight(): boolean {
    return this.#underWay === 0 && this.takenMs < LIGHT_MS;
  }

  /** Whether a request that has begun waits. */
  get goesOn(): boolean {
    return this.#goingOn.size > 0;
  }

  /** Whether a request waits to begin. */
  get begins(): boolean {
    return this.#beginning.size > 0;
  }

  /**
   * Resolves when a request may begin.
   * @param signal rejects with its reason when the request is abandoned
   * @returns a function to call when the request is over
   */
  async begin(signal?: AbortSignal): Promise<() => void> {
    const isFull = this.#share.isFullFor(this);
    if (isFull) await unlessAborted(signal, this.#wait(this.#beginning));
    const end = this.#count();
    try {
      signal?.throwIfAborted();
      const turn = isFull ? null : this.goOn();
      if (turn !== null) await unlessAborted(signal, turn);
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }

  #count(): () => void {
    this.#underWay += 1;
    this.#share.begin();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#underWay -= 1;
      this.#share.end();
    };
  }

  /** Call it between pieces of work. @returns null if this turn of the event loop has not taken long yet */
  goOn(): Promise<void> | null {
    return this.#scheduler.isLate() ? this.next() : null;
  }

  /** Resolves at the caller's turn. Its work until it next waits for anything is counted. */
  next(): Promise<void> {
    return this.#wait(this.#goingOn);
  }

  /** Gives the first one its turn; something must be waiting. */
  letGoOn(): void {
    (this.goesOn ? this.#goingOn : this.#beginning).letGoOn();
  }

  #wait(queue: Queue): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.add(resolve);
    this.#share.wait(this);
    this.#scheduler.wake();
    return promise;
  }
}

/** A first-in, first-out queue. */
class Queue {
  #waiting: (() => void)[] = [];
  #served = 0;

  get size(): number {
    return this.#waiting.length - this.#served;
  }

  add(resolve: () => void): void {
    this.#waiting.push(resolve);
  }

  letGoOn(): void {
    this.#waiting[this.#served++]!();
    if (this.#served < Math.max(MANY, this.#waiting.length / 2) && this.size > 0) return;
    this.#waiting = this.#waiting.slice(this.#served);
    this.#served = 0;
  }
}
