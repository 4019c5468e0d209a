import type { ChainWriter, Commit } from '../src/store/writer.ts';
import type { ChainChange, MainChain } from './chain/chain-change.ts';
import type { Changes } from './mempool/changes.ts';
import type { DepartedPostings } from './mempool/departed.ts';
import type { MempoolReconciler, PendingCommit } from './mempool/reconcile.ts';

export interface CommitterOptions {
  readonly writer: ChainWriter;
  readonly mempool: Pick<MempoolReconciler, 'changesOf'>;
  readonly departed: DepartedPostings;
}

/** Makes what was written count: blocks, reorganisations, history, and what is pending. Each change is one commit. */
export class Committer {
  readonly #options: CommitterOptions;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Makes a change of the main chain count, and all that it means for what is pending. */
  async commitChain(change: ChainChange): Promise<void> {
    const { writer, mempool } = this.#options;
    const { after, hasGap = false } = change;
    const changes = await mempool.changesOf(change);
    const isCut = hasGap && writer.state.logStart !== null;
    await this.#commit(changes, isCut ? { ...after, logStart: changes.number } : after);
  }

  /** Makes blocks below the indexed ones count. They change neither the tip nor what is pending, and are no events. */
  async commitHistory({ forks, coverage }: Omit<MainChain, 'tip'>): Promise<void> {
    await this.#options.writer.commit({ forks, coverage });
  }

  /**
   * Makes changes of what is pending count, each before the next is worked out.
   * @returns what the one who worked them out says at the end
   */
  async commitPending<Outcome>(commits: AsyncGenerator<PendingCommit, Outcome, void>): Promise<Outcome> {
    for (;;) {
      const next = await commits.next();
      if (next.done === true) return next.value;
      await this.#commit(next.value.changes, next.value.state);
    }
  }

  async #commit(changes: Changes, state: Commit = {}): Promise<void> {
    if (changes.isEmpty && Object.keys(state).length === 0) return;
    const { writer, departed } = this.#options;
    const { number } = changes;
    const gone = changes.departed();
    const mempool = writer.state.mempool === null ? {} : { mempool: changes.summary() };
    const commit = { ...mempool, ...departed.told(number, gone.length), ...state };
    await changes.finish();
    await writer.commit(commit, number);
    changes.settle();
    await departed.move(gone.map((arrival) => ({ arrival, number })));
  }
}
