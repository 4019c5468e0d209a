/** A pending transaction as a naive computation sees it. */
export interface NaiveTransaction {
  readonly id: string;
  /** The order of arrival. */
  readonly arrival: number;
  readonly virtualSize: number;
  /** Null if it is not known. */
  readonly fee: number | null;
  readonly parents: readonly string[];
}

/** A part of a cluster that is mined together. */
interface NaiveChunk {
  readonly ids: readonly string[];
  readonly feeRate: number;
}

/**
 * Effective fee rates by id, computed as they are defined, however long it takes: in each cluster, the transaction that pays most with
 * its ancestors comes next, of several the one that arrived first; then neighbours are joined as long as the later one pays more.
 */
export function naiveFeeRates(transactions: readonly NaiveTransaction[]): Map<string, number> {
  const rates = new Map<string, number>();
  for (const cluster of clusters(withKnownFees(transactions))) {
    for (const { ids, feeRate } of chunksOf(cluster)) for (const id of ids) rates.set(id, feeRate);
  }
  return rates;
}

function withKnownFees(all: readonly NaiveTransaction[]): readonly NaiveTransaction[] {
  const ids = new Set(all.map(({ id }) => id));
  const left = all.filter(({ fee, parents }) => fee !== null && parents.every((parent) => ids.has(parent)));
  return left.length === all.length ? all : withKnownFees(left);
}

function clusters(all: readonly NaiveTransaction[]): NaiveTransaction[][] {
  const groups = all.map((one) => [one]);
  for (const one of all) {
    for (const parent of one.parents) {
      const [own, other] = [one.id, parent].map((id) =>
        groups.findIndex((group) => group.some((each) => each.id === id)),
      );
      if (own === other) continue;
      groups[own!]!.push(...groups[other!]!);
      groups.splice(other!, 1);
    }
  }
  return groups;
}

function chunksOf(cluster: readonly NaiveTransaction[]): NaiveChunk[] {
  const byId = new Map(cluster.map((one) => [one.id, one]));
  const rateOf = (ids: readonly string[]) => {
    const members = ids.map((id) => byId.get(id)!);
    return (
      members.reduce((sum, { fee }) => sum + fee!, 0) / members.reduce((sum, { virtualSize }) => sum + virtualSize, 0)
    );
  };
  const byArrival = cluster.toSorted((a, b) => a.arrival - b.arrival).map(({ id }) => id);
  const parentsFirst: string[] = [];
  const place = (id: string): void => {
    if (parentsFirst.includes(id)) return;
    for (const parent of byArrival) if (byId.get(id)!.parents.includes(parent)) place(parent);
    parentsFirst.push(id);
  };
  byArrival.forEach(place);
  const taken: string[] = [];
  const ancestorsOf = (id: string): string[] => [id, ...byId.get(id)!.parents.flatMap(ancestorsOf)];
  const packageOf = (id: string): string[] => {
    const members = ancestorsOf(id);
    return parentsFirst.filter((one) => members.includes(one) && !taken.includes(one));
  };
  while (taken.length < cluster.length) {
    const left = byArrival.filter((id) => !taken.includes(id)).map(packageOf);
    const highest = Math.max(...left.map(rateOf));
    taken.push(...left.find((ids) => rateOf(ids) === highest)!);
  }
  let chunks = taken.map((id) => [id]);
  for (;;) {
    const at = chunks.findIndex((chunk, i) => i > 0 && rateOf(chunk) > rateOf(chunks[i - 1]!));
    if (at < 0) return chunks.map((ids) => ({ ids, feeRate: rateOf(ids) }));
    chunks = [...chunks.slice(0, at - 1), [...chunks[at - 1]!, ...chunks[at]!], ...chunks.slice(at + 1)];
  }
}
