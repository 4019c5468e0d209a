import { familiesAfter, type HeightChange } from '../src/store/families.ts';
import type { HeightRange } from '../src/store/state.ts';
import type { ChainWriter, Commit } from '../src/store/writer.ts';
import type { ChainChange, MainChain } from './chain/chain-change.ts';
import type { Changes } from './mempool/changes.ts';
import type { DepartedPostings } from './mempool/departed.ts';
import type { MempoolReconciler, PendingCommit } from './mempool/reconcile.ts';
import type { FollowedNode } from './node/node.ts';
import type { StretchParts } from './stretch.ts';

export interface CommitterOptions {
  readonly writer: ChainWriter;
  readonly mempool: Pick<MempoolReconciler, 'changesOf'>;
  readonly departed: DepartedPostings;
}

/** Commits what was written: blocks, reorganisations, history, and pending transactions. Each change is one commit. */
export class Committer {
  readonly #options: CommitterOptions;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Commits a change of the main chain, with all its consequences for pending transactions. */
  async commitChain(change: ChainChange): Promise<void> {
    const { writer, mempool } = this.#options;
    const { after, hasGap = false } = change;
    const changes = await mempool.changesOf(change);
    const isCut = hasGap && writer.state.logStart !== null;
    const state = { ...after, families: familiesAfter(writer.state, heightsOf(change)) };
    await this.#commit(changes, isCut ? { ...state, logStart: changes.number } : state);
  }

  /**
   * Commits blocks below the indexed ones. They change neither the tip nor the pending transactions, and make no
   * events.
   * @param written their heights
   */
  async commitHistory({ forks, coverage }: Omit<MainChain, 'tip'>, written: HeightRange): Promise<void> {
    const { writer } = this.#options;
    const families = familiesAfter(writer.state, { removedFrom: null, written });
    await writer.commit({ forks, coverage, families });
  }

  /**
   * Commits changes of pending transactions, each before the next one is computed.
   * @returns the return value of the generator
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
    const commit = { ...mempool, ...departed.stateFor(number, gone.length), ...state };
    await changes.finish();
    await writer.commit(commit, number);
    changes.settle();
    await departed.move(gone.map((arrival) => ({ arrival, number })));
  }
}

/** The heights that a change of the main chain concerns. */
function heightsOf({ disconnected, connected }: ChainChange): HeightChange {
  const [first, last] = [connected[0], connected.at(-1)];
  return {
    removedFrom: disconnected.at(-1)?.height ?? null,
    written: first === undefined ? null : [first.height, last!.height],
  };
}

/** What is needed to index and commit blocks while this process is the writer of the index. */
export interface WriterContext {
  readonly writer: ChainWriter;
  readonly committer: Committer;
  /** The running node; null if there are only blocks. */
  readonly live: FollowedNode | null;
  /** What is needed to index stretches. */
  readonly parts: StretchParts;
  /** Called when transactions have been written, after the commit if there was one. */
  readonly onProgress: (transactions: number) => void;
}
