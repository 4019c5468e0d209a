import { type CommitNumber, compareCommitNumbers } from '../store/commit-number.ts';

/** What is known of a pending transaction. */
export interface PoolFacts {
  readonly arrival: CommitNumber;
  /** As BIP 141 defines it. */
  readonly weight: number;
  /** In satoshis; null if a spent output is not known. */
  readonly fee: number | null;
}

type Relations = ReadonlySet<PoolTransaction>;

/** Most transactions have no relatives, and share this. */
const NONE: Relations = new Set();

/** A pending transaction with the pending ones that it spends from, and those that spend from it. */
export class PoolTransaction implements PoolFacts {
  readonly arrival: CommitNumber;
  readonly weight: number;
  readonly fee: number | null;
  parents: Relations = NONE;
  children: Relations = NONE;
  /** What it is mined with; null if that is not known. */
  chunk: Chunk | null = null;

  constructor({ arrival, weight, fee }: PoolFacts) {
    this.arrival = arrival;
    this.weight = weight;
    this.fee = fee;
  }

  /** In virtual bytes. */
  get virtualSize(): number {
    return Math.ceil(this.weight / 4);
  }

  /** Makes it a child of another one. */
  spendFrom(parent: PoolTransaction): void {
    this.parents = withAlso(this.parents, parent);
    parent.children = withAlso(parent.children, this);
  }

  /** Takes it away from its parents and children. */
  detach(): void {
    for (const parent of this.parents) parent.children = without(parent.children, this);
    for (const child of this.children) child.parents = without(child.parents, this);
  }
}

/** Changes the set, unless it is the shared one. */
function withAlso(all: Relations, one: PoolTransaction): Relations {
  return all === NONE ? new Set([one]) : (all as Set<PoolTransaction>).add(one);
}

/** Changes the set. */
function without(all: Relations, one: PoolTransaction): Relations {
  (all as Set<PoolTransaction>).delete(one);
  return all.size === 0 ? NONE : all;
}

/**
 * Pending transactions of one cluster that a miner takes together, because a child pays for its parents (CPFP). The effective fee
 * rate of each is that of the chunk.
 */
export interface Chunk {
  /** Parents first. */
  readonly transactions: readonly PoolTransaction[];
  readonly weight: number;
  /** The sum of the virtual sizes. */
  readonly virtualSize: number;
  /** In satoshis. */
  readonly fees: number;
  /** Satoshis for a virtual byte. */
  readonly feeRate: number;
  /** Chunks with the same fee rate are mined in this order. It never decreases within a cluster. */
  readonly turn: CommitNumber;
  /** Its place among the chunks of its cluster, which are mined in this order. */
  readonly place: number;
  /** The same object for all chunks of a cluster. */
  readonly cluster: object;
  /** Whether the cluster has changed since, so that another chunk, or none, is in its place. */
  isOver: boolean;
}

export function byArrival(a: PoolFacts, b: PoolFacts): number {
  return compareCommitNumbers(a.arrival, b.arrival);
}

/**
 * All transactions that are connected with one through parents and children, including itself, in no particular order.
 * @param isLeftOut whether one is treated as if it were not there
 */
export function clusterOf(one: PoolTransaction, isLeftOut = (_: PoolTransaction) => false): Set<PoolTransaction> {
  const cluster = new Set([one]);
  for (const { parents, children } of cluster) {
    for (const parent of parents) if (!isLeftOut(parent)) cluster.add(parent);
    for (const child of children) if (!isLeftOut(child)) cluster.add(child);
  }
  return cluster;
}

/** The same transactions, each after its parents, otherwise in the order of their arrival. */
export function parentsBefore(transactions: Iterable<PoolTransaction>): PoolTransaction[] {
  const waiting = [...transactions].sort(byArrival).reverse();
  const left = new Set(waiting);
  const ordered: PoolTransaction[] = [];
  // A chain may have thousands of links, so there is no recursion.
  while (waiting.length > 0) {
    const next = waiting.at(-1)!;
    const parents = left.has(next) ? [...next.parents].filter((parent) => left.has(parent)) : [];
    for (const parent of parents.sort(byArrival).reverse()) waiting.push(parent);
    if (parents.length === 0) {
      waiting.pop();
      if (left.delete(next)) ordered.push(next);
    }
  }
  return ordered;
}
