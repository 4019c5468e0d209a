import type { Hint } from '../node/hints/hint.ts';
import type { Removal } from './changes.ts';

type DoubleSpendHint = Extract<Hint, { kind: 'doubleSpend' }>;

/** What is kept at most of each kind. */
const MOST_KEPT = 10_000;

/** What the node said of transactions, until RPC has shown which of them came and went. */
export class TransactionHints {
  readonly #removals = new Map<string, Removal>();
  #doubleSpends: DoubleSpendHint[] = [];
  /** What has been passed on: by the transaction, which others spend what it spends. */
  readonly #passedOn = new Map<string, Set<string | null>>();

  /** Why transactions left, if they did, by txid. */
  get removals(): ReadonlyMap<string, Removal> {
    return this.#removals;
  }

  note(hints: readonly Hint[]): void {
    for (const hint of hints) {
      // It came (again) behind what was said of it before.
      if (hint.kind === 'transaction') this.#removals.delete(hint.txid);
      if (hint.kind === 'removed') this.#noteRemoval(hint);
      if (hint.kind === 'doubleSpend' && this.#doubleSpends.length < MOST_KEPT) this.#doubleSpends.push(hint);
    }
  }

  /** Takes out what was said of pending transactions, each once: nodes say it again, and in several forms. */
  takeDoubleSpends(isPending: (txid: string) => boolean): DoubleSpendHint[] {
    const taken = this.#doubleSpends.filter(({ txid }) => isPending(txid));
    if (taken.length > 0) this.#doubleSpends = this.#doubleSpends.filter(({ txid }) => !isPending(txid));
    return taken.filter(({ txid, by }) => this.#isNew(txid, by));
  }

  /** All that was said so far has been looked at. @param isPending behind that */
  settle(isPending: (txid: string) => boolean): void {
    this.#removals.clear();
    this.#doubleSpends = [];
    for (const txid of this.#passedOn.keys()) if (!isPending(txid)) this.#passedOn.delete(txid);
  }

  #noteRemoval({ txid, reason, by }: Extract<Hint, { kind: 'removed' }>): void {
    // What is in a block, the block tells.
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
