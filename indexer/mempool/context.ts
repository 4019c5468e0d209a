import type { Network } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import type { Hint } from '../node/hints/hint.ts';
import type { FollowedNode } from '../node/node.ts';
import type { OutputFinder } from '../outputs/output-finder.ts';
import type { Removal } from './changes.ts';
import type { PendingSet } from './pending-set.ts';

/** The parts that compute how a commit changes the pending transactions. */
export interface MempoolContext {
  readonly store: ChainStore;
  readonly network: Network;
  readonly writer: ChainWriter;
  readonly outputFinder: OutputFinder;
  /** Null if blocks come from files only. */
  readonly node: FollowedNode | null;
  readonly set: PendingSet;
  readonly hints: TransactionHints;
  /** How long the node keeps an unconfirmed transaction, in seconds. */
  readonly expirySeconds: number;
}

/** The txids in the node's mempool; null if its tip is not this block. */
export async function mempoolAt(hash: string, node: FollowedNode | null): Promise<Set<string> | null> {
  const mempool = (await node?.mempool()) ?? null;
  return mempool !== null && mempool.tip === hash ? new Set(mempool.txids) : null;
}

type DoubleSpendHint = Extract<Hint, { kind: 'doubleSpend' }>;

/** The most hints of each kind that are kept. */
const MOST_KEPT = 10_000;

/** What the node reported about transactions, kept until RPC has shown which of them came and went. */
export class TransactionHints {
  readonly #removals = new Map<string, Removal>();
  #doubleSpends: DoubleSpendHint[] = [];
  /** Reports that were passed on: for each transaction, the conflicting ones. */
  readonly #passedOn = new Map<string, Set<string | null>>();

  /** The reason why each transaction left, if it did, by txid. */
  get removals(): ReadonlyMap<string, Removal> {
    return this.#removals;
  }

  note(hints: readonly Hint[]): void {
    for (const hint of hints) {
      // The transaction came (again) after the earlier reports.
      if (hint.kind === 'transaction') this.#removals.delete(hint.txid);
      if (hint.kind === 'removed') this.#noteRemoval(hint);
      if (hint.kind === 'doubleSpend' && this.#doubleSpends.length < MOST_KEPT) this.#doubleSpends.push(hint);
    }
  }

  /**
   * Takes out the double spends of pending transactions, each once: nodes report them repeatedly, and in several forms.
   */
  takeDoubleSpends(isPending: (txid: string) => boolean): DoubleSpendHint[] {
    const taken = this.#doubleSpends.filter(({ txid }) => isPending(txid));
    if (taken.length > 0) this.#doubleSpends = this.#doubleSpends.filter(({ txid }) => !isPending(txid));
    return taken.filter(({ txid, by }) => this.#isNew(txid, by));
  }

  /**
   * Forgets all reports after a full comparison.
   * @param isPending as after the comparison
   */
  settle(isPending: (txid: string) => boolean): void {
    this.#removals.clear();
    this.#doubleSpends = [];
    for (const txid of this.#passedOn.keys()) if (!isPending(txid)) this.#passedOn.delete(txid);
  }

  #noteRemoval({ txid, reason, by }: Extract<Hint, { kind: 'removed' }>): void {
    // A mined transaction is handled with its block.
    if (reason === null || reason === 'mined') return;
    if (this.#removals.size >= MOST_KEPT) this.#removals.clear();
    this.#removals.set(txid, { reason, by });
  }

  #isNew(txid: string, by: string | null): boolean {
    const others = this.#passedOn.get(txid) ?? new Set();
    if (others.has(by)) return false;
    this.#passedOn.set(txid, others.add(by));
    return true;
  }
}
