import { byArrival, type PoolTransaction } from './pool-transaction.ts';

/** The most ancestors of all transactions of a cluster together. */
const MOST_ANCESTORS = 200_000;

/**
 * Transactions in the order in which a miner selects them who repeatedly takes the one that, together with its ancestors that are
 * still there, pays the highest fee rate; of several, the one that arrived first.
 * @param ordered transactions with known fees, parents first
 * @returns null if they have too many ancestors
 */
export function byAncestorFeeRate(ordered: readonly PoolTransaction[]): readonly PoolTransaction[] | null {
  const ancestors = ancestorsOf(ordered);
  if (ancestors === null) return null;
  const packages = new Packages(ordered, ancestors);
  const taken: PoolTransaction[] = [];
  for (let best = packages.best(); best !== null; best = packages.best()) {
    for (const i of packages.take(best)) taken.push(ordered[i]!);
  }
  return taken;
}

/** For each transaction, the numbers of its ancestors and its own, ascending; null if there are too many. */
function ancestorsOf(ordered: readonly PoolTransaction[]): number[][] | null {
  const numbers = new Map(ordered.map((one, i) => [one, i]));
  const ancestors: number[][] = [];
  let count = 0;
  for (const [i, { parents }] of ordered.entries()) {
    const own = new Set([i]);
    for (const parent of parents) {
      for (const ancestor of ancestors[numbers.get(parent)!]!) own.add(ancestor);
      if (count + own.size > MOST_ANCESTORS) return null;
    }
    count += own.size;
    ancestors.push([...own].sort((a, b) => a - b));
  }
  return ancestors;
}

/** A package at some moment: the transaction's number and the fee rate with the ancestors that were left. */
interface Offer {
  readonly i: number;
  readonly feeRate: number;
}

/** Transactions by number, each with its ancestors that are not taken yet. */
class Packages {
  readonly #ancestors: readonly (readonly number[])[];
  readonly #descendants: readonly number[][];
  readonly #fees: Float64Array;
  readonly #sizes: Float64Array;
  readonly #own: readonly PoolTransaction[];
  readonly #isTaken: Uint8Array;
  readonly #offers = new Heap<Offer>((a, b) => b.feeRate - a.feeRate || byArrival(this.#own[a.i]!, this.#own[b.i]!));

  constructor(ordered: readonly PoolTransaction[], ancestors: readonly (readonly number[])[]) {
    this.#own = ordered;
    this.#ancestors = ancestors;
    this.#descendants = ordered.map(() => []);
    this.#fees = new Float64Array(ordered.length);
    this.#sizes = new Float64Array(ordered.length);
    this.#isTaken = new Uint8Array(ordered.length);
    for (const [i, all] of ancestors.entries()) {
      for (const ancestor of all) {
        if (ancestor !== i) this.#descendants[ancestor]!.push(i);
        this.#fees[i]! += ordered[ancestor]!.fee!;
        this.#sizes[i]! += ordered[ancestor]!.virtualSize;
      }
      this.#offer(i);
    }
  }

  /** The number of the transaction whose package pays the highest fee rate; null if all are taken. */
  best(): number | null {
    for (let offer = this.#offers.pop(); offer !== undefined; offer = this.#offers.pop()) {
      // Each change of a package made another offer.
      if (this.#isTaken[offer.i] === 0 && offer.feeRate === this.#feeRate(offer.i)) return offer.i;
    }
    return null;
  }

  /** Takes a transaction with its package. @returns the numbers of all, parents first */
  take(chosen: number): number[] {
    const taken = this.#ancestors[chosen]!.filter((i) => this.#isTaken[i] === 0);
    const changed = new Set<number>();
    for (const i of taken) {
      this.#isTaken[i] = 1;
      const { fee, virtualSize } = this.#own[i]!;
      for (const descendant of this.#descendants[i]!) {
        this.#fees[descendant]! -= fee!;
        this.#sizes[descendant]! -= virtualSize;
        changed.add(descendant);
      }
    }
    for (const i of changed) if (this.#isTaken[i] === 0) this.#offer(i);
    return taken;
  }

  #offer(i: number): void {
    this.#offers.push({ i, feeRate: this.#feeRate(i) });
  }

  #feeRate(i: number): number {
    return this.#fees[i]! / this.#sizes[i]!;
  }
}

/** A binary heap: `pop` returns the first item by the given order. */
class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#compare(items[above]!, item) <= 0) break;
      items[at] = items[above]!;
      at = above;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (let below = 1; below < items.length; below = 2 * at + 1) {
      const right = below + 1;
      if (right < items.length && this.#compare(items[right]!, items[below]!) < 0) below = right;
      if (this.#compare(last, items[below]!) <= 0) break;
      items[at] = items[below]!;
      at = below;
    }
    items[at] = last;
    return first;
  }
}
