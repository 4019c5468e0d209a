import { type CommitNumber, compareCommitNumbers } from '../store/commit-number.ts';
import { byAncestorFeeRate } from './ancestor-packages.ts';
import { type Chunk, clusterOf, type PoolTransaction, parentsBefore } from './pool-transaction.ts';

/**
 * Divides a cluster into what is mined together, in the order in which that is mined; fee rates never increase. Transactions whose
 * fee is not known, and their descendants, are left out.
 *
 * The order is that of ancestor packages by fee rate, as Bitcoin Core selects them for a block. It is then cut where the fee rate
 * does not increase, as Core does since version 31 ("chunks"). If a cluster has too many ancestors for that (nodes of BTC limit
 * them to fewer), its transactions are ordered by arrival before it is cut.
 */
export function divideCluster(cluster: Iterable<PoolTransaction>): Chunk[] {
  return knownClusters([...cluster]).flatMap((known) => {
    const ordered = parentsBefore(known);
    return cut(ordered.length < 2 ? ordered : (byAncestorFeeRate(ordered) ?? ordered));
  });
}

/** The order in which chunks of all clusters are mined. */
export function compareChunks(a: Chunk, b: Chunk): number {
  return b.feeRate - a.feeRate || compareCommitNumbers(a.turn, b.turn) || a.place - b.place;
}

/** What is left of a cluster without transactions whose fee is not known and their descendants: it may be several clusters. */
function knownClusters(cluster: readonly PoolTransaction[]): (readonly PoolTransaction[])[] {
  const unknown = new Set(cluster.filter(({ fee }) => fee === null));
  if (unknown.size === 0) return [cluster];
  for (const { children } of unknown) for (const child of children) unknown.add(child);
  const left = new Set(cluster.filter((one) => !unknown.has(one)));
  const clusters: (readonly PoolTransaction[])[] = [];
  for (const one of left) {
    const found = [...clusterOf(one, (other) => unknown.has(other))];
    for (const member of found) left.delete(member);
    clusters.push(found);
  }
  return clusters;
}

/** The chunks of transactions in a given order: a part joins the one before it if it pays a higher fee rate. */
function cut(ordered: readonly PoolTransaction[]): Chunk[] {
  const parts: ChunkPart[] = [];
  for (const [i, one] of ordered.entries()) {
    let part: ChunkPart = { from: i, fees: one.fee!, virtualSize: one.virtualSize };
    for (let before = parts.at(-1); before !== undefined && rateOf(part) > rateOf(before); before = parts.at(-1)) {
      parts.pop();
      part = { from: before.from, fees: before.fees + part.fees, virtualSize: before.virtualSize + part.virtualSize };
    }
    parts.push(part);
  }
  // Any object that no other cluster has.
  const cluster = {};
  let turn: CommitNumber = { epoch: 0, counter: 0 };
  return parts.map((part, place) => {
    const transactions = ordered.slice(part.from, parts[place + 1]?.from);
    const { arrival } = transactions[0]!;
    turn = compareCommitNumbers(arrival, turn) > 0 ? arrival : turn;
    const weight = transactions.reduce((sum, one) => sum + one.weight, 0);
    const { fees, virtualSize } = part;
    return { transactions, weight, virtualSize, fees, feeRate: rateOf(part), turn, place, cluster, isOver: false };
  });
}

/** Consecutive transactions of a cluster, up to those of the next part. */
interface ChunkPart {
  /** The index of the first one. */
  readonly from: number;
  readonly fees: number;
  readonly virtualSize: number;
}

function rateOf({ fees, virtualSize }: ChunkPart): number {
  return fees / virtualSize;
}
