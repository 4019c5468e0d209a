import { hashToHex } from '../src/chain/bytes.ts';
import { errorCode } from '../src/errors.ts';
import { blockRecord } from '../src/store/blocks.ts';
import type { BlockRef } from '../src/store/state.ts';
import type { ChainWriter } from '../src/store/writer.ts';
import { storedAbove, storedBlock } from './chain/chain-change.ts';
import { type ChainContext, contextAfter, contextBefore } from './chain/context.ts';
import { type PlacedBlock, placeBlocks, recordForks } from './chain/placed-blocks.ts';
import type { WriterContext } from './commit.ts';
import { nodeLacksOutputs } from './outputs/spent-outputs.ts';
import { indexStretch, type StretchOptions } from './stretch.ts';

/** A stretch should take about this long: a new block may have to wait this long, and a kill loses this much work. */
const CHUNK_MS = 4_000;
const FIRST_CHUNK = 16;
const LARGEST_CHUNK = 10_000;

/**
 * Begins an index at the node's tip. First it writes the records of all blocks, which are made from headers only, so
 * that times and chain work are right wherever the index is filled in.
 */
export async function beginAtTip(target: BlockRef, context: WriterContext): Promise<void> {
  const { writer, committer, parts } = context;
  const { store, node, signal } = parts;
  const { start } = writer.state;
  let parent: PlacedBlock | null = null;
  for await (const block of placeBlocks(await contextBefore(start, node), target.height - 1, node, store)) {
    if (signal.aborted) return;
    parent = block;
  }
  const before = parent === null ? await contextBefore(start, node) : await contextAfter(parent, store, node);
  const forks: Record<number, number> = {};
  const disconnected = await storedAbove(null, writer.state, store);
  await indexStretch(before, target.height, {
    ...parts,
    ...fromNode(writer),
    onWritten: async ({ ended, transactions }) => {
      recordForks(ended, forks);
      const last = ended.at(-1);
      // If it is not the target, the node's chain has changed meanwhile, and the next attempt starts over.
      if (last?.hash !== target.hash) return;
      const after = { tip: target, forks, coverage: [[target.height, target.height] as const] };
      const connected = ended.map(storedBlock);
      await committer.commitChain({ after, disconnected, connected, isNodeTip: true, hasGap: true });
      context.onProgress(transactions);
    },
  });
}

/** Whether blocks below the indexed ones are still missing. */
export function lacksHistory({ state }: ChainWriter): boolean {
  const lowest = state.coverage[0]?.[0];
  return lowest !== undefined && lowest > state.start;
}

/** Fills in the history below the indexed blocks, newest first, a stretch at a time. */
export class History {
  readonly #context: WriterContext;
  #chunk = FIRST_CHUNK;

  constructor(context: WriterContext) {
    this.#context = context;
  }

  /**
   * Fills in the next stretch and commits it as a whole.
   * @returns false if the signal or a change of the node's chain cut it short: then nothing is committed
   * @throws NODE_LACKS_BLOCK if the node does not have the next block below yet
   */
  async fill(): Promise<boolean> {
    try {
      return await this.#fill();
    } catch (error) {
      // The missing block is somewhere within the stretch.
      if (errorCode(error) !== 'NODE_LACKS_BLOCK' || this.#chunk === 1) throw error;
      this.#chunk = Math.floor(this.#chunk / 2);
      return true;
    }
  }

  async #fill(): Promise<boolean> {
    const { writer, parts, onProgress } = this.#context;
    const { start, coverage } = writer.state;
    const lowest = coverage[0]![0];
    const from = Math.max(start, lowest - this.#chunk);
    const began = performance.now();
    const before = await this.#contextBefore(from);
    if (before === null) return false;
    const blocks: PlacedBlock[] = [];
    await indexStretch(before, lowest - 1, {
      ...parts,
      ...fromNode(writer),
      onWritten: async ({ ended, transactions }) => {
        blocks.push(...ended);
        onProgress(transactions);
      },
    });
    if (blocks.at(-1)?.hash !== (await this.#parentOf(lowest))) return false;
    await this.#commit(from, blocks);
    onProgress(0);
    this.#adapt(performance.now() - began);
    return true;
  }

  /** Null if the node's chain does not reach this height. */
  async #contextBefore(height: number): Promise<ChainContext | null> {
    const { node, store } = this.#context.parts;
    if (height === 0) return contextBefore(0, node);
    const [header] = await node.headers(height, 1);
    if (header === undefined) return null;
    return contextAfter({ height: height - 1, hash: hashToHex(header.previousHash) }, store, node);
  }

  async #parentOf(height: number): Promise<string> {
    const { writer, parts } = this.#context;
    const { header } = await blockRecord(parts.store, { height, fork: writer.state.forks[height] ?? 0 });
    return hashToHex(header.previousHash);
  }

  async #commit(from: number, blocks: readonly PlacedBlock[]): Promise<void> {
    const { writer, committer } = this.#context;
    const forks = { ...writer.state.forks };
    recordForks(blocks, forks);
    const { tip, coverage } = writer.state;
    await committer.commitHistory({ forks, coverage: [[from, tip!.height]] }, [from, coverage[0]![0] - 1]);
  }

  #adapt(tookMs: number): void {
    const wanted = Math.round((this.#chunk * CHUNK_MS) / Math.max(tookMs, 1));
    this.#chunk = Math.min(Math.max(wanted, 1), 2 * this.#chunk, LARGEST_CHUNK);
  }
}

function fromNode({ state }: ChainWriter): Pick<StretchOptions, 'sources' | 'onUnknown'> {
  return { sources: ['node'], onUnknown: state.start > 0 ? () => {} : nodeLacksOutputs };
}
