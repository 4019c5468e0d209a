import { encodeCommitNumber } from '../../src/store/commit-number.ts';
import { pendingAt } from '../../src/store/pending.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { BlockRef } from '../../src/store/state.ts';
import type { Commit } from '../../src/store/writer.ts';
import type { ChainChange } from '../chain/chain-change.ts';
import type { Hint } from '../node/hints/hint.ts';
import { admit, areAllPresent } from './admit.ts';
import { changesOfBlocks } from './block-changes.ts';
import { Changes } from './changes.ts';
import { type MempoolContext, mempoolAt } from './context.ts';
import { drop } from './drop.ts';
import { TransactionHints } from './transaction-hints.ts';

/** Changes of what is pending that are to be one commit. */
export interface PendingCommit {
  readonly changes: Changes;
  /** What the commit says of the state besides [nothing]. */
  readonly state?: Pick<Commit, 'mempool' | 'logStart'>;
}

/** Works out the next changes when those before count. What it returns says whether there is nothing more to compare. */
export type PendingCommits = AsyncGenerator<PendingCommit, boolean, void>;

/** Changes of one commit, where there are many. */
const MOST_CHANGES = 2_000;

/** Compares what is pending with what the node's mempool holds, and says what changes. */
export class MempoolReconciler {
  readonly #context: MempoolContext;

  constructor(context: Omit<MempoolContext, 'hints'>) {
    this.#context = { ...context, hints: new TransactionHints() };
  }

  /** What a change of the main chain means for what is pending. */
  changesOf(change: ChainChange): Promise<Changes> {
    return changesOfBlocks(change, this.#context);
  }

  /**
   * Compares with all that the mempool holds.
   * @returns false where the node has gone on meanwhile: then blocks come first
   */
  async *reconcile(): PendingCommits {
    const { node, writer, set, hints } = this.#context;
    const { tip } = writer.state;
    if (node === null || tip === null) return true;
    const present = await mempoolAt(tip.hash, node);
    if (present === null) return false;
    const changes = yield* this.#admitAll(present, tip);
    if (changes === null) return false;
    await drop({ present, chain: Snapshot.latest(writer.state), isReorganisation: false }, changes, this.#context);
    await this.#tellDoubleSpends(changes);
    const { logStart, mempool } = writer.state;
    const isFirst = logStart === null || mempool === null;
    const beginning = () => ({ logStart: logStart ?? changes.number, mempool: changes.summary() });
    yield isFirst ? { changes, state: beginning() } : { changes };
    hints.settle((txid) => set.has(txid));
    return true;
  }

  /** Remembers what the node says of transactions: it counts when they are looked at, one by one or all. */
  note(hints: readonly Hint[]): void {
    this.#context.hints.note(hints);
  }

  /**
   * Takes in the transactions that hints name.
   * @returns false where some have left, or the node has gone on: why, only a comparison of the whole can tell
   */
  async *look(hints: readonly Hint[]): PendingCommits {
    const { node, writer, set } = this.#context;
    const { tip } = writer.state;
    // Nodes tell of each transaction twice, with its bytes and in their sequence: the second time there is nothing to ask.
    const news = hints.filter((hint) => hint.kind !== 'transaction' || !set.has(hint.txid));
    if (node === null || tip === null || news.length === 0) return true;
    const txids = [...new Set(news.flatMap((hint) => ('txid' in hint ? [hint.txid] : [])))];
    const known = txids.filter((txid) => set.has(txid));
    const coming = new Set(txids.filter((txid) => !set.has(txid)));
    const changes = this.#changes(tip);
    const areAllIn = await admit(coming, { isWhole: false, tip }, changes, this.#context);
    await this.#tellDoubleSpends(changes);
    yield { changes };
    return areAllIn && (await areAllPresent(known, node)) && (await node.info()).tip.hash === tip.hash;
  }

  /** @returns changes for what else there is; null where the node has gone on */
  async *#admitAll(present: ReadonlySet<string>, tip: BlockRef): AsyncGenerator<PendingCommit, Changes | null, void> {
    const { set } = this.#context;
    const coming = new Set([...present].filter((txid) => !set.has(txid)));
    for (;;) {
      const changes = this.#changes(tip);
      if (!(await admit(coming, { isWhole: true, most: MOST_CHANGES, tip }, changes, this.#context))) {
        yield { changes };
        return null;
      }
      if (coming.size === 0) return changes;
      yield { changes, state: { mempool: changes.summary() } };
    }
  }

  #changes({ height }: BlockRef): Changes {
    return new Changes({ ...this.#context, height: height + 1 });
  }

  async #tellDoubleSpends(changes: Changes): Promise<void> {
    const { hints, store, network } = this.#context;
    const said = hints.takeDoubleSpends((txid) => changes.arrivalOf(txid) !== undefined);
    if (said.length === 0) return;
    await changes.flush();
    const arrivals = said.map(({ txid }) => changes.arrivalOf(txid)!);
    const records = await pendingAt(store, arrivals.map(encodeCommitNumber), network);
    for (const [i, { txid, by }] of said.entries()) changes.doubleSpend(txid, arrivals[i]!, by, records[i]!);
  }
}
