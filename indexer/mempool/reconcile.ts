import { encodeCommitNumber } from '../../src/store/commit-number.ts';
import { pendingAt } from '../../src/store/pending.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { BlockRef } from '../../src/store/state.ts';
import type { Commit } from '../../src/store/writer.ts';
import type { ChainChange } from '../chain/chain-change.ts';
import type { Hint } from '../node/hints/hint.ts';
import { admit, areAllPresent } from './arrivals.ts';
import { changesOfBlocks } from './block-changes.ts';
import { Changes } from './changes.ts';
import { type MempoolContext, mempoolAt, TransactionHints } from './context.ts';
import { drop } from './departures.ts';

/** Changes of pending transactions that belong into one commit. */
export interface PendingCommit {
  readonly changes: Changes;
  /** Other state of the commit [none]. */
  readonly state?: Pick<Commit, 'mempool' | 'logStart'>;
}

/**
 * Yields the changes of each commit; the next ones are computed after the commit. Returns whether there is nothing more
 * to compare.
 */
export type PendingCommits = AsyncGenerator<PendingCommit, boolean, void>;

/** The most changes of one commit. */
const MOST_CHANGES = 2_000;

/** Compares the pending transactions with the node's mempool, and computes what changes. */
export class MempoolReconciler {
  readonly #context: MempoolContext;

  constructor(context: Omit<MempoolContext, 'hints'>) {
    this.#context = { ...context, hints: new TransactionHints() };
  }

  /** How a change of the main chain changes the pending transactions. */
  changesOf(change: ChainChange): Promise<Changes> {
    return changesOfBlocks(change, this.#context);
  }

  /**
   * Compares with the whole mempool.
   * @returns false if the node's tip has changed meanwhile: then its blocks come first
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
    await this.#addDoubleSpends(changes);
    const { logStart, mempool } = writer.state;
    const isFirst = logStart === null || mempool === null;
    const beginning = () => ({ logStart: logStart ?? changes.number, mempool: changes.summary() });
    yield isFirst ? { changes, state: beginning() } : { changes };
    hints.settle((txid) => set.has(txid));
    return true;
  }

  /** Remembers what the node reports about transactions, for the next look or comparison. */
  note(hints: readonly Hint[]): void {
    this.#context.hints.note(hints);
  }

  /**
   * Admits the transactions that hints name.
   * @returns false if some have left, or the node's tip has changed: then only a comparison of the whole mempool
   *   shows why
   */
  async *look(hints: readonly Hint[]): PendingCommits {
    const { node, writer, set } = this.#context;
    const { tip } = writer.state;
    // Nodes publish each transaction twice, with its bytes and in their sequence. The second time, no call is needed.
    const news = hints.filter((hint) => hint.kind !== 'transaction' || !set.has(hint.txid));
    if (node === null || tip === null || news.length === 0) return true;
    const txids = [...new Set(news.flatMap((hint) => ('txid' in hint ? [hint.txid] : [])))];
    const known = txids.filter((txid) => set.has(txid));
    const coming = new Set(txids.filter((txid) => !set.has(txid)));
    const changes = this.#changes(tip);
    const areAllIn = await admit(coming, { isWhole: false, tip }, changes, this.#context);
    await this.#addDoubleSpends(changes);
    yield { changes };
    return areAllIn && (await areAllPresent(known, node)) && (await node.info()).tip.hash === tip.hash;
  }

  /** @returns changes for what else there is; null if the node's tip has changed */
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

  async #addDoubleSpends(changes: Changes): Promise<void> {
    const { hints, store, network } = this.#context;
    const reports = hints.takeDoubleSpends((txid) => changes.arrivalOf(txid) !== undefined);
    if (reports.length === 0) return;
    await changes.flush();
    const arrivals = reports.map(({ txid }) => changes.arrivalOf(txid)!);
    const records = await pendingAt(store, arrivals.map(encodeCommitNumber), network);
    for (const [i, { txid, by }] of reports.entries()) changes.doubleSpend(txid, arrivals[i]!, by, records[i]!);
  }
}
