import { type Block, parseBlock } from '../src/chain/block.ts';
import { hashToHex } from '../src/chain/bytes.ts';
import type { Network } from '../src/chain/networks.ts';
import type { SpentOutput } from '../src/chain/undo.ts';
import type { BlockRef } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import type { ChainWriter } from '../src/store/writer.ts';
import { type ChainContext, contextBefore, contextBehind, extend } from './context.ts';
import { fetchBlocks } from './fetch.ts';
import { forkPoint } from './fork-point.ts';
import { forksOf, type PlacedRecord } from './forks.ts';
import type { BitcoinNode } from './node/node.ts';
import type { Outputs } from './outputs.ts';
import { addBlockRows, RowGroup } from './rows.ts';

export interface CatchUpOptions {
  readonly store: ChainStore;
  readonly node: BitcoinNode;
  readonly network: Network;
  readonly writer: ChainWriter;
  readonly outputs: Outputs;
  readonly signal: AbortSignal;
  /** Called behind each commit. */
  readonly onCommit: (tip: BlockRef, transactions: number) => void;
}

/** Blocks of this many raw bytes are written together. */
const GROUP_BYTES = 8 * 1024 * 1024;
const GROUP_BLOCKS = 1_000;

interface PreparedBlock extends PlacedRecord {
  readonly block: Block;
  readonly spent: readonly (readonly (SpentOutput | null)[])[];
}

/**
 * Brings the index to the node's tip: from the last shared block on, the node's blocks are written in groups and
 * committed. A branch that replaces other blocks becomes visible at once, as soon as it is longer than they were or
 * the node has no more of it.
 */
export async function catchUp(target: BlockRef, options: CatchUpOptions): Promise<void> {
  await new CatchUp(options).run(target);
}

class CatchUp {
  readonly #options: CatchUpOptions;
  /** Of blocks that are not written yet. */
  #group: PreparedBlock[] = [];
  #groupBytes = 0;
  /** The main chain's forks once everything written so far is committed. */
  #forks: Record<number, number>;
  #transactions = 0;

  constructor(options: CatchUpOptions) {
    this.#options = options;
    this.#forks = { ...options.writer.state.forks };
  }

  async run(target: BlockRef): Promise<void> {
    const { writer, store, node, network, signal } = this.#options;
    const shared = await forkPoint(target, writer.state, store, node);
    let context = await this.#contextAt(shared);
    for await (const { bytes, hash } of fetchBlocks(node, context.height + 1, target.height)) {
      const block = parseBlock(bytes, network);
      // The node changed its mind in between: what is written stays valid, the rest is asked for anew.
      if (context.hash !== null && hashToHex(block.header.previousHash) !== context.hash) break;
      context = await this.#prepare(block, context);
      const isLast = hash === target.hash;
      if (!isLast && !signal.aborted && !this.#isGroupFull()) continue;
      await this.#flush();
      if (isLast || context.height > (writer.state.tip?.height ?? -1)) await this.#commit(context);
      if (signal.aborted) return;
    }
  }

  #isGroupFull(): boolean {
    return this.#groupBytes >= GROUP_BYTES || this.#group.length >= GROUP_BLOCKS;
  }

  async #contextAt(shared: BlockRef | null): Promise<ChainContext> {
    const { writer, store, node } = this.#options;
    if (shared !== null) return contextBehind(shared.height, writer.state, store, node);
    return contextBefore(writer.state.start, node);
  }

  async #prepare(block: Block, before: ChainContext): Promise<ChainContext> {
    const { record, context } = extend(before, block.header);
    const spent = await this.#options.outputs.resolve(block);
    this.#group.push({ block, height: context.height, record, spent });
    this.#groupBytes += block.size;
    return context;
  }

  /** Writes the gathered blocks; nobody sees them yet. */
  async #flush(): Promise<void> {
    const { writer, store, network, outputs } = this.#options;
    const forks = await forksOf(this.#group, store);
    const rows = new RowGroup();
    for (const [i, prepared] of this.#group.entries()) {
      const { height, block } = prepared;
      const fork = forks[i]!;
      addBlockRows({ ...prepared, fork }, network, rows.add);
      if (fork === 0) delete this.#forks[height];
      else this.#forks[height] = fork;
      this.#transactions += block.transactions.length;
    }
    await writer.write(rows.inKeyOrder());
    outputs.written();
    this.#group = [];
    this.#groupBytes = 0;
  }

  /** The one change that makes everything written so far count. */
  async #commit({ height, hash }: ChainContext): Promise<void> {
    const { writer, onCommit } = this.#options;
    const tip = { height, hash: hash! };
    const forks = Object.fromEntries(Object.entries(this.#forks).filter(([at]) => Number(at) <= height));
    await writer.commit({ tip, forks, coverage: [[writer.state.start, height]] });
    onCommit(tip, this.#transactions);
    this.#transactions = 0;
  }
}
