import type { Random } from './random.ts';

/** An output that can be spent. */
export interface Coin {
  readonly txid: Uint8Array;
  readonly index: number;
  /** In satoshis. */
  readonly value: number;
  /** The number of its address (addresses.ts). */
  readonly address: number;
}

/** The value that marks a place in the list as spent. */
const SPENT = -1;
const FIRST_CAPACITY = 4_096;
/** 48 bytes each. */
const MAX_CAPACITY = 2 ** 23;
const TRIES = 64;

/**
 * All outputs that can be spent, in the order of their creation. Beyond the capacity the oldest are forgotten, as lost
 * coins are, so the memory is bounded.
 */
export class Coins {
  /** How many there are. */
  count = 0;
  #capacity = FIRST_CAPACITY;
  #txids = new Uint8Array(32 * FIRST_CAPACITY);
  #indexes = new Uint32Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #addresses = new Uint32Array(FIRST_CAPACITY);
  /** How many places of the list are in use, including spent ones. */
  #size = 0;
  /** The size at each mark. */
  #marks: number[] = [];

  add({ txid, index, value, address }: Coin): void {
    if (this.#size === this.#capacity) this.#makeRoom();
    const at = this.#size++;
    this.#txids.set(txid, 32 * at);
    this.#indexes[at] = index;
    this.#values[at] = value;
    this.#addresses[at] = address;
    this.count += 1;
  }

  /** Remembers this moment. */
  mark(): void {
    this.#marks.push(this.#size);
  }

  /**
   * Takes one at random.
   * @param marks only of those added since as many marks ago, unless these are spent; Infinity for any
   * @throws Error if there is none
   */
  take(random: Random, marks: number): Coin {
    if (this.count === 0) throw new Error('no output is left that could be spent');
    const mark = this.#marks.at(-marks) ?? 0;
    const start = mark < this.#size ? mark : 0;
    let at = start;
    for (let i = 0; i < TRIES; i++) {
      at = start + random.below(this.#size - start);
      if (this.#values[at] !== SPENT) return this.#spend(at);
    }
    while (this.#values[at] === SPENT) at = (at + 1) % this.#size;
    return this.#spend(at);
  }

  /** Takes the one added last. @throws Error if there is none */
  takeNewest(): Coin {
    if (this.count === 0) throw new Error('no output is left that could be spent');
    let at = this.#size - 1;
    while (this.#values[at] === SPENT) at -= 1;
    return this.#spend(at);
  }

  #spend(at: number): Coin {
    const coin = {
      txid: this.#txids.slice(32 * at, 32 * (at + 1)),
      index: this.#indexes[at]!,
      value: this.#values[at]!,
      address: this.#addresses[at]!,
    };
    this.#values[at] = SPENT;
    this.count -= 1;
    return coin;
  }

  #makeRoom(): void {
    if (this.count <= this.#capacity / 2) this.#compact(0);
    else if (this.#capacity < MAX_CAPACITY) this.#grow();
    else this.#compact(this.#size / 4);
  }

  /** Drops all places before the first one to keep, and spent ones after it. */
  #compact(first: number): void {
    let to = 0;
    let mark = 0;
    for (let from = 0; from < this.#size; from++) {
      for (; this.#marks[mark] === from; mark++) this.#marks[mark] = to;
      if (from >= first && this.#values[from] !== SPENT) this.#move(from, to++);
    }
    this.#marks.fill(to, mark);
    this.#size = to;
    this.count = to;
  }

  #move(from: number, to: number): void {
    this.#txids.copyWithin(32 * to, 32 * from, 32 * (from + 1));
    this.#indexes[to] = this.#indexes[from]!;
    this.#values[to] = this.#values[from]!;
    this.#addresses[to] = this.#addresses[from]!;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#txids = enlarged(this.#txids, new Uint8Array(32 * this.#capacity));
    this.#indexes = enlarged(this.#indexes, new Uint32Array(this.#capacity));
    this.#values = enlarged(this.#values, new Float64Array(this.#capacity));
    this.#addresses = enlarged(this.#addresses, new Uint32Array(this.#capacity));
  }
}

function enlarged<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
