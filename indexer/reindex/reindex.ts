import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { BitqlError, errorCode } from '../../src/errors.ts';
import { blockRecord, encodeBlock } from '../../src/store/blocks.ts';
import { heldFamilies } from '../../src/store/families.ts';
import { packRows } from '../../src/store/packed-rows.ts';
import { blockKey } from '../../src/store/position.ts';
import { ReadablePostings } from '../../src/store/runs/readable-postings.ts';
import type { DamagedRun } from '../../src/store/runs/run.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { decodeState, type HeightRange } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import { fetchBlocks } from '../blocks/fetch.ts';
import { type BlockPart, openBlock, partsOf } from '../blocks/parts.ts';
import { type ChainContext, contextAfter, contextBefore, extend } from '../chain/context.ts';
import type { PlacedBlock } from '../chain/placed-blocks.ts';
import type { ChainNode } from '../node/node.ts';
import { OutputFinder } from '../outputs/output-finder.ts';
import { isComplete, storeLacksOutputs } from '../outputs/spent-outputs.ts';
import { type IndexerLog, StageClock } from '../progress.ts';
import { BlockRows, RowGroup } from '../rows/rows.ts';
import { asWriter } from '../term.ts';
import { Clearing } from './clearing.ts';
import { LostPostings } from './lost-postings.ts';
import { mendRows } from './mending.ts';

export interface ReindexOptions {
  readonly store: ChainStore;
  readonly node: ChainNode;
  /** Ascending, without overlap. */
  readonly heights: readonly HeightRange[];
  readonly leaseMs: number;
  /** Memory for outputs of recent transactions, in bytes. */
  readonly cacheBytes: number;
  readonly log: IndexerLog;
  readonly signal: AbortSignal;
  /** Called for each height that is done. */
  readonly onProgress?: (height: number) => void;
}

/** How many rows were not as they should be. */
export interface Mended {
  readonly written: number;
  readonly removed: number;
}

/**
 * Indexes heights again: writes the rows that are missing or damaged, and removes those that should not exist. It also
 * mends all pages of postings, whatever their heights. Keys determine rows, so it can be cut off anywhere and repeated. Readers
 * see each row as it was, or as it should be.
 * @returns null if the signal came first
 * @throws BAD_SETTING for heights that are not indexed; STORE_BUSY while an indexer runs; NODE_WRONG_NETWORK if the
 *   node has another chain; BLOCK_DAMAGED, STORE_DAMAGED and others
 */
export async function reindexBlocks(options: ReindexOptions): Promise<Mended | null> {
  const { store, leaseMs, heights } = options;
  const record = await store.readState();
  if (record === null) throw new BitqlError('NOT_SYNCED', 'The store is empty: "bitql index" fills it.');
  const { network, start } = decodeState(record.value);
  try {
    return await asWriter(store, { network, start, leaseMs }, async (writer, requireLease) => {
      const work = new Reindex(options, writer, requireLease);
      for (const range of heights) work.requireIndexed(range);
      await work.restoreLost();
      for (const range of heights) await work.mend(range);
      if (options.signal.aborted) return null;
      await work.clear();
      await store.settle({ signal: options.signal });
      // Readers see mended rows after a commit, like all rows.
      await writer.commit({});
      return work.mended;
    });
  } catch (error) {
    // A stop aborts reads of the store and, a little later, calls to the node.
    const isEnded = (error as Error).name === 'AbortError' || errorCode(error) === 'NODE_UNREACHABLE';
    if (options.signal.aborted && isEnded) return null;
    throw error;
  }
}

class Reindex {
  readonly #options: ReindexOptions;
  readonly #snapshot: Snapshot;
  readonly #outputFinder: OutputFinder;
  readonly #clearing: Clearing;
  readonly #requireLease: () => void;
  readonly #isMended: (height: number) => boolean;
  /** The runs with pages that cannot be read. */
  #damaged: readonly DamagedRun[] = [];
  #written = 0;

  constructor(options: ReindexOptions, { state }: ChainWriter, requireLease: () => void) {
    const { store, node, cacheBytes, heights } = options;
    const network = networkById(state.network);
    this.#options = options;
    this.#requireLease = requireLease;
    this.#snapshot = Snapshot.latest(state);
    this.#outputFinder = new OutputFinder({ store: new ReadablePostings(store), node, network, cacheBytes });
    this.#isMended = (height) => heights.some(([from, to]) => from <= height && height <= to);
    this.#clearing = new Clearing(store, this.#snapshot, network, this.#isMended);
  }

  get mended(): Mended {
    return { written: this.#written, removed: this.#clearing.removed };
  }

  requireIndexed([from, to]: HeightRange): void {
    const { tip, state } = this.#snapshot;
    const [lowest] = state.coverage[0] ?? [0];
    if (tip !== null && from >= lowest && to <= tip.height) return;
    const what = tip === null ? 'no block yet' : `the blocks from ${lowest} to ${tip.height}`;
    throw new BitqlError('BAD_SETTING', `The index has ${what}: ${from}-${to} cannot be indexed again.`);
  }

  /** Before any block is mended: outputs that it spends are found by postings. The damaged pages stay until all is mended. */
  async restoreLost(): Promise<void> {
    const { store, signal } = this.#options;
    this.#damaged = await store.damagedRuns(signal);
    const lost = new LostPostings({
      store,
      snapshot: this.#snapshot,
      network: networkById(this.#snapshot.state.network),
      damaged: this.#damaged,
      isMended: this.#isMended,
      onStep: () => {
        signal.throwIfAborted();
        this.#requireLease();
      },
    });
    await lost.restore();
    this.#written += lost.written;
  }

  async mend([from, to]: HeightRange): Promise<void> {
    const { node, log, signal, onProgress = () => {} } = this.#options;
    const network = networkById(this.#snapshot.state.network);
    const families = heldFamilies(this.#snapshot.state);
    const stages = new StageClock();
    let rows: BlockRows | null = null;
    let pages = 0;
    await this.#requireSameChain(to);
    for await (const part of partsOf(fetchBlocks(this.#placed([from, to]), { node, network, log }), stages)) {
      if (signal.aborted) return;
      this.#requireLease();
      const group = new RowGroup();
      rows ??= new BlockRows(part.block, part.transactionCount, { network, families, firstSeen: () => null });
      rows.add(part, await this.#spentBy(part), group);
      pages += part.pages.length;
      this.#written += await mendRows(this.#options.store, group.finish());
      if (!part.isLast) continue;
      await this.#clearing.clearAfter(part.block, part.transactionCount, pages);
      onProgress(part.block.height);
      rows = null;
      pages = 0;
    }
  }

  async clear(): Promise<void> {
    const { state, tip } = this.#snapshot;
    await this.#options.store.mendRuns(this.#damaged);
    await this.#clearing.clearBeside([state.coverage[0]![0], tip!.height]);
    await this.#clearing.clearPostings(this.#options.signal);
    await this.#clearing.clearUnconfirmed();
  }

  /** The blocks of a range, with their records mended. */
  async *#placed([from, to]: HeightRange): AsyncGenerator<PlacedBlock> {
    const { node, store } = this.#options;
    let context: ChainContext | null = null;
    for (let height = from; height <= to; height++) {
      const [header] = await node.headers(height, 1);
      if (header === undefined) throw this.#otherChain(height);
      context ??= await this.#contextBefore(height, hashToHex(header.previousHash));
      if (context.hash !== null && context.hash !== hashToHex(header.previousHash)) throw this.#otherChain(height);
      const extended = extend(context, header);
      context = extended.context;
      const fork = this.#snapshot.mainFork(height);
      const row = { key: blockKey(height, fork), value: encodeBlock(extended.record) };
      this.#written += await mendRows(store, new Map([['blocks', packRows([row])]]));
      yield { height, fork, header, hash: hashToHex(header.hash) };
    }
  }

  async #contextBefore(height: number, previousHash: string): Promise<ChainContext> {
    const { node, store } = this.#options;
    const { start } = this.#snapshot.state;
    return height === start
      ? contextBefore(start, node)
      : contextAfter({ height: height - 1, hash: previousHash }, store, node);
  }

  /** The record of the block above names the indexed block, even if its own record is damaged. */
  async #requireSameChain(height: number): Promise<void> {
    const { node, store } = this.#options;
    const tip = this.#snapshot.tip!;
    const hash = await node.blockHash(height);
    const fork = this.#snapshot.mainFork(height + 1);
    const indexed =
      height === tip.height
        ? tip.hash
        : hashToHex((await blockRecord(store, { height: height + 1, fork })).header.previousHash);
    if (hash !== indexed) throw this.#otherChain(height);
  }

  #otherChain(height: number): BitqlError {
    return new BitqlError(
      'NODE_WRONG_NETWORK',
      `The node does not have the indexed block ${height}: use a synced node of the same chain, or let ` +
        '"bitql index" follow its reorganisation first.',
    );
  }

  async #spentBy(part: BlockPart) {
    const { node } = this.#options;
    const { start, network } = this.#snapshot.state;
    this.#outputFinder.add(part);
    const spent = this.#outputFinder.recent(part);
    if (!isComplete(spent)) await this.#outputFinder.askNode(part, spent);
    if (!isComplete(spent)) await this.#outputFinder.lookUp(part, spent);
    if (!isComplete(spent)) {
      const isWhole = part.transactions.length === part.transactionCount;
      const { transactions } = isWhole ? part : await openBlock(part.block, networkById(network), node);
      await this.#outputFinder.search(transactions, part, spent);
    }
    if (!isComplete(spent) && start === 0) storeLacksOutputs(part.block);
    return spent;
  }
}
