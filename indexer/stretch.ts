import type { Network } from '../src/chain/networks.ts';
import type { PostingFamily } from '../src/store/postings.ts';
import type { ChainStore } from '../src/store/store.ts';
import { mapAhead } from './ahead.ts';
import { fetchBlocks } from './blocks/fetch.ts';
import { type BlockPart, openBlock, partsOf } from './blocks/parts.ts';
import type { ChainContext } from './chain/context.ts';
import { type PlacedBlock, placeBlocks } from './chain/placed-blocks.ts';
import type { PendingSet } from './mempool/pending-set.ts';
import type { ChainNode } from './node/node.ts';
import type { OutputFinder } from './outputs/output-finder.ts';
import { isComplete } from './outputs/spent-outputs.ts';
import type { IndexerLog, StageClock } from './progress.ts';
import { type Group, GroupBuilder, type ResolvedPart, WriteQueue } from './rows/groups.ts';

/** What is needed to index stretches. */
export interface StretchParts {
  readonly store: ChainStore;
  readonly node: ChainNode;
  readonly network: Network;
  /** The families of postings that the index has. */
  readonly families: ReadonlySet<PostingFamily>;
  readonly outputFinder: OutputFinder;
  readonly pending: Pick<PendingSet, 'firstSeen'>;
  readonly stages: StageClock;
  readonly log: IndexerLog;
  readonly signal: AbortSignal;
}

export interface StretchOptions extends StretchParts {
  /** Where spent outputs are looked up that are not among the recent ones, in this order. */
  readonly sources: readonly OutputSource[];
  /** Called for each block with a spent output that cannot be found; may throw. */
  readonly onUnknown: (block: PlacedBlock) => void;
  /** Called in chain order when a group's rows are in the store: commits them, or waits for more. */
  readonly onWritten: (group: Group) => Promise<void>;
}

type OutputSource = 'store' | 'node';

/** Parts whose spent outputs are looked up at the same time: a number of small blocks, or of bytes of large ones. */
const RESOLVED_AHEAD = { items: 32, size: 2 * 1024 * 1024, sizeOf: ({ size }: BlockPart) => size };

/**
 * Indexes the blocks of the node's main chain that follow a context, up to a height, in groups: while some are written,
 * the next are fetched, parsed and resolved. Ends early at the signal, and if the node's chain ends or changes. Before
 * a failure is thrown, the complete earlier blocks are written and reported.
 */
export async function indexStretch(before: ChainContext, to: number, options: StretchOptions): Promise<void> {
  await new Stretch(options).run(before, to);
}

class Stretch {
  readonly #options: StretchOptions;
  readonly #writes: WriteQueue;
  readonly #group: GroupBuilder;
  /** The number of the last part with all its rows in the store. */
  #written = -1;

  constructor(options: StretchOptions) {
    this.#options = options;
    const { network, families, pending } = options;
    this.#group = new GroupBuilder({ network, families, firstSeen: (txid) => pending.firstSeen(txid) });
    this.#writes = new WriteQueue(options.store, async (group) => {
      this.#written = group.lastNumber;
      this.#group.recycle(group.batch);
      await options.onWritten(group);
    });
  }

  async run(before: ChainContext, to: number): Promise<void> {
    const { node, store, network, stages, signal, log } = this.#options;
    const placed = placeBlocks(before, to, node, store);
    const parts = partsOf(fetchBlocks(placed, { node, network, log }), stages);
    const resolved = mapAhead(parts, RESOLVED_AHEAD, (part) => this.#resolve(part));
    try {
      for await (const part of stages.waits('lookup', resolved)) {
        await this.#take(part);
        if (signal.aborted) break;
      }
      await this.#flush();
      await stages.wait('write', this.#writes.drain());
    } catch (error) {
      await this.#keep();
      throw error;
    } finally {
      await this.#writes.settle();
      await this.#options.outputFinder.close();
    }
  }

  async #resolve(part: BlockPart): Promise<ResolvedPart> {
    const { outputFinder, stages, sources } = this.#options;
    const written = this.#written;
    const [number, spent] = stages.run('outputs', () => [outputFinder.add(part), outputFinder.recent(part)] as const);
    for (const source of sources) {
      if (isComplete(spent)) break;
      if (source === 'store') await outputFinder.lookUp(part, spent);
      else await outputFinder.askNode(part, spent);
    }
    return { ...part, number, spent, written };
  }

  async #take(part: ResolvedPart): Promise<void> {
    if (!isComplete(part.spent)) await this.#insist(part);
    this.#options.stages.run('rows', () => this.#group.add(part));
    if (this.#group.isFull) await this.#flush();
  }

  /**
   * An output that was created a moment ago may have left memory before it was in the store, or may be in the block
   * itself.
   */
  async #insist(part: ResolvedPart): Promise<void> {
    const { spent, written } = part;
    const { outputFinder, node, network, onUnknown } = this.#options;
    if (outputFinder.hasForgottenSince(written)) {
      await this.#flush();
      await this.#writes.drain();
      await outputFinder.lookUp(part, spent);
    }
    if (!isComplete(spent)) {
      const isWholeBlock = part.transactions.length === part.transactionCount;
      const block = isWholeBlock ? part : await openBlock(part.block, network, node);
      await outputFinder.search(block.transactions, part, spent);
    }
    if (!isComplete(spent)) onUnknown(part.block);
  }

  /** Keeps what was complete before a failure. If this fails too, the first failure is the one that is thrown. */
  async #keep(): Promise<void> {
    try {
      await this.#flush();
      await this.#writes.drain();
    } catch {}
  }

  async #flush(): Promise<void> {
    const { stages } = this.#options;
    if (this.#group.isEmpty) return;
    const group = stages.run('rows', () => this.#group.take());
    await stages.wait('write', this.#writes.ready());
    this.#writes.start(group);
  }
}
