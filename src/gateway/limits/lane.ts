import { unlessAborted } from '../../waiting.ts';

/** So many that were let go on are forgotten together. */
const MANY = 64;
/** In which what was taken counts for half, in milliseconds. */
const HALF_LIFE_MS = 5_000;
/** Whoever took less of late does little, in milliseconds. */
const LIGHT_MS = 20;

/** Where somebody stands among those who wait. */
export interface Rank {
  /** Whether it has no key. */
  readonly isStranger: boolean;
  /** How much it may take for what others of weight 1 do. */
  readonly weight: number;
}

/** What somebody took of late, in milliseconds for each part of its weight. */
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

  /** The same for its whole weight. */
  get takenMs(): number {
    return this.taken * this.#weight;
  }

  count(ms: number): void {
    this.#taken = this.taken + ms / this.#weight;
    this.#countedAt = performance.now();
  }
}

/** How many requests may go on beside each other while something waits to go on. */
export interface Places {
  readonly all: number;
  /** Of one lane. */
  readonly ofLane: number;
}

/** Lanes that share what there is. */
export class Share extends Taken {
  readonly #places: Places;
  /** Requests that have begun and are not over. */
  #underWay = 0;
  /** Lanes with something that waits to go on, and with requests that wait to begin. */
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

  /** Lets the lane go on that has taken least of late; something has to wait. */
  letGoOn(): Lane {
    const beginning = [...this.#beginning].filter((lane) => this.#hasRoomFor(lane));
    const [first, ...others] = [...this.#goingOn, ...beginning];
    const next = others.reduce((least, lane) => (lane.taken < least.taken ? lane : least), first!);
    next.letGoOn();
    this.wait(next);
    return next;
  }
}

/** How the lanes of a process are let go on. */
interface Way {
  isLate(): boolean;
  wake(): void;
}

/** What waits for its turn on behalf of one caller, in the order in which it came; what has begun goes first. */
export class Lane extends Taken {
  /** Whether whoever it is of has no key. */
  readonly isStranger: boolean;
  readonly #share: Share;
  readonly #way: Way;
  readonly #goingOn = new Queue();
  readonly #beginning = new Queue();
  #underWay = 0;

  constructor({ isStranger, weight }: Rank, share: Share, way: Way) {
    super(weight);
    this.isStranger = isStranger;
    this.#share = share;
    this.#way = way;
  }

  /** Requests that have begun and are not over. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether it does little: it waits for no place, whoever has them. */
  get isLight(): boolean {
    return this.#underWay === 0 && this.takenMs < LIGHT_MS;
  }

  /** Whether something waits that has begun. */
  get goesOn(): boolean {
    return this.#goingOn.size > 0;
  }

  /** Whether something waits to begin. */
  get begins(): boolean {
    return this.#beginning.size > 0;
  }

  /**
   * Resolves when a request may begin.
   * @param signal rejects with its reason when the request is waited for no more
   * @returns says that it is over
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

  /** To be asked between pieces of work. @returns null where this turn of the event loop has not taken long yet */
  goOn(): Promise<void> | null {
    return this.#way.isLate() ? this.next() : null;
  }

  /** Resolves when it is the caller's turn: what it does before it waits for anything is counted. */
  next(): Promise<void> {
    return this.#wait(this.#goingOn);
  }

  /** Lets the first go on; something has to wait. */
  letGoOn(): void {
    (this.goesOn ? this.#goingOn : this.#beginning).letGoOn();
  }

  #wait(queue: Queue): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.add(resolve);
    this.#share.wait(this);
    this.#way.wake();
    return promise;
  }
}

/** Those that wait, in the order in which they came. */
class Queue {
  #waiting: (() => void)[] = [];
  #let = 0;

  get size(): number {
    return this.#waiting.length - this.#let;
  }

  add(resolve: () => void): void {
    this.#waiting.push(resolve);
  }

  letGoOn(): void {
    this.#waiting[this.#let++]!();
    if (this.#let < Math.max(MANY, this.#waiting.length / 2) && this.size > 0) return;
    this.#waiting = this.#waiting.slice(this.#let);
    this.#let = 0;
  }
}
