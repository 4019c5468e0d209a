import type { Work } from '../query/work.ts';
import { compareChunks, divideCluster } from './chunks.ts';
import { type Chunk, clusterOf, type PoolFacts, PoolTransaction } from './pool-transaction.ts';

/** Transactions whose clusters are divided, and chunks that are sorted, in one go. */
const AT_ONCE = 2_048;

/** The pending transactions by their ids (`mapKey`), and the order in which they would be mined. */
export class PoolGraph {
  readonly #byId = new Map<string, PoolTransaction>();
  /** What has another cluster than when the order was made. */
  readonly #changed = new Set<PoolTransaction>();
  /** Whether something has gone since then. */
  #isShorter = false;
  #order: readonly Chunk[] = [];

  get size(): number {
    return this.#byId.size;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  add(id: string, facts: PoolFacts): void {
    this.delete(id);
    const added = new PoolTransaction(facts);
    this.#byId.set(id, added);
    this.#changed.add(added);
  }

  /** Records that one spends from another, if both are here. */
  link(parentId: string, childId: string): void {
    const [parent, child] = [this.#byId.get(parentId), this.#byId.get(childId)];
    if (parent === undefined || child === undefined) return;
    child.spendFrom(parent);
    this.#changed.add(child);
  }

  delete(id: string): void {
    const gone = this.#byId.get(id);
    if (gone === undefined) return;
    this.#byId.delete(id);
    this.#isShorter = true;
    this.#changed.delete(gone);
    // Whatever is left of its cluster is connected with one of these.
    for (const one of [...gone.parents, ...gone.children]) this.#changed.add(one);
    gone.detach();
    if (gone.chunk !== null) gone.chunk.isOver = true;
  }

  /** The chunks in the order in which they would be mined. The list is never changed afterwards. */
  async order({ goOn }: Pick<Work, 'goOn'>): Promise<readonly Chunk[]> {
    if (this.#changed.size === 0 && !this.#isShorter) return this.#order;
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#isShorter = false;
    const news: Chunk[] = [];
    const done = new Set<PoolTransaction>();
    for (const [i, one] of changed.entries()) {
      if (i % AT_ONCE === 0) await goOn();
      // A cluster may have more chunks than a call takes arguments.
      if (!done.has(one)) for (const chunk of redivide(one, done)) news.push(chunk);
    }
    this.#order = merge(this.#order, await sorted(news, goOn));
    return this.#order;
  }
}

/** Divides the cluster of a transaction anew. */
function redivide(one: PoolTransaction, done: Set<PoolTransaction>): Chunk[] {
  const cluster = clusterOf(one);
  for (const member of cluster) {
    done.add(member);
    if (member.chunk !== null) member.chunk.isOver = true;
    member.chunk = null;
  }
  const chunks = divideCluster(cluster);
  for (const chunk of chunks) for (const member of chunk.transactions) member.chunk = chunk;
  return chunks;
}

async function sorted(chunks: readonly Chunk[], goOn: Work['goOn']): Promise<readonly Chunk[]> {
  let runs: (readonly Chunk[])[] = [];
  for (let from = 0; from < chunks.length; from += AT_ONCE) {
    runs.push(chunks.slice(from, from + AT_ONCE).sort(compareChunks));
    await goOn();
  }
  while (runs.length > 1) {
    const longer: (readonly Chunk[])[] = [];
    for (let i = 0; i < runs.length; i += 2) {
      longer.push(merge(runs[i]!, runs[i + 1] ?? []));
      await goOn();
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

/** Two ordered lists as one, without chunks that are over. */
function merge(a: readonly Chunk[], b: readonly Chunk[]): readonly Chunk[] {
  const all: Chunk[] = [];
  let next = 0;
  for (const chunk of a) {
    if (chunk.isOver) continue;
    while (next < b.length && compareChunks(b[next]!, chunk) < 0) all.push(b[next++]!);
    all.push(chunk);
  }
  while (next < b.length) all.push(b[next++]!);
  return all;
}
