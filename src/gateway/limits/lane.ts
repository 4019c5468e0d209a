/** So many that were let go on are forgotten together. */
const MANY = 64;
/** In which what was taken counts for half, in milliseconds. */
const HALF_LIFE_MS = 5_000;

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

  count(ms: number): void {
    this.#taken = this.taken + ms / this.#weight;
    this.#countedAt = performance.now();
  }
}

/** Lanes that share what there is. */
export class Share extends Taken {
  /** Those with something that waits. */
  readonly waiting = new Set<Lane>();

  /** Lets the lane go on that has taken least of late; there has to be one. */
  letGoOn(): Lane {
    const [first, ...others] = this.waiting;
    const next = others.reduce((least, lane) => (lane.taken < least.taken ? lane : least), first!);
    if (!next.letGoOn()) this.waiting.delete(next);
    return next;
  }
}

interface Way {
  isLate(): boolean;
  enter(lane: Lane): void;
}

/** What waits for its turn on behalf of one caller, in the order in which it came. */
export class Lane extends Taken {
  readonly #way: Way;
  #waiting: (() => void)[] = [];
  #let = 0;

  constructor(weight: number, way: Way) {
    super(weight);
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

  /** Lets the first go on. @returns whether others wait */
  letGoOn(): boolean {
    this.#waiting[this.#let++]!();
    if (this.#let >= Math.max(MANY, this.#waiting.length / 2) || this.#let === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#let);
      this.#let = 0;
    }
    return this.#waiting.length > 0;
  }
}
