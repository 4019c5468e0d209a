import { hashToHex } from '../../src/chain/bytes.ts';
import { type BlockHeader, workFromBits } from '../../src/chain/header.ts';
import { type BlockRecord, blocksAtHeights } from '../../src/store/blocks.ts';
import type { BlockRef } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainNode } from '../node/node.ts';

/** Number of headers in the median time past, the block's own included (Core: nMedianTimeSpan). */
const MEDIAN_SPAN = 11;

/** The data of earlier blocks from which the next block's record is made. */
export interface ChainContext {
  /** The last block; null before the first one of the chain. Display-order hex. */
  readonly hash: string | null;
  readonly height: number;
  readonly chainWork: bigint | null;
  /** Header times of up to the last ten blocks, oldest first. */
  readonly times: readonly number[];
  /** Whether `times` has all of the last ten blocks, or all there are. */
  readonly timesComplete: boolean;
  readonly maxTime: number;
}

/** The context of the first block of the chain. */
const BEFORE_GENESIS: ChainContext = {
  hash: null,
  height: -1,
  chainWork: 0n,
  times: [],
  timesComplete: true,
  maxTime: 0,
};

/** The record of the next block, and the context after it. */
export function extend(context: ChainContext, header: BlockHeader): { record: BlockRecord; context: ChainContext } {
  const times = [...context.times, header.time];
  const chainWork = context.chainWork === null ? null : context.chainWork + workFromBits(header.bits);
  const maxTime = Math.max(context.maxTime, header.time);
  const medianTime = context.timesComplete ? median(times) : null;
  const recent = times.slice(1 - MEDIAN_SPAN);
  return {
    record: { hash: header.hash, header: header.detach(), chainWork, medianTime, maxTime },
    context: {
      hash: hashToHex(header.hash),
      height: context.height + 1,
      chainWork,
      times: recent,
      timesComplete: context.timesComplete || recent.length === MEDIAN_SPAN - 1,
      maxTime,
    },
  };
}

/** The context after a block, from the records in the store as far as they go, then from the node. */
export async function contextAfter(last: BlockRef, store: ChainStore, node: ChainNode): Promise<ChainContext> {
  const branch = await storedBranch(last, store);
  const tip = branch.at(-1);
  if (tip === undefined) return contextAtNode(last, node);
  const lowest = last.height - branch.length + 1;
  const times = branch.map(({ header }) => header.time);
  const before = await olderTimes(hashToHex(branch[0]!.header.previousHash), lowest, times.length, node);
  return {
    hash: last.hash,
    height: last.height,
    chainWork: tip.chainWork,
    times: [...before.times, ...times],
    timesComplete: before.complete,
    maxTime: tip.maxTime,
  };
}

/** Records of the block and of those before it, lowest first; as many as the median time needs. */
async function storedBranch({ height, hash }: BlockRef, store: ChainStore): Promise<BlockRecord[]> {
  const lowest = Math.max(0, height - MEDIAN_SPAN + 2);
  const heights = Array.from({ length: height - lowest + 1 }, (_, i) => lowest + i);
  const branch: BlockRecord[] = [];
  let wanted = hash;
  for (const records of (await blocksAtHeights(store, heights)).reverse()) {
    const record = records.find((candidate) => hashToHex(candidate.hash) === wanted);
    if (record === undefined) break;
    branch.unshift(record);
    wanted = hashToHex(record.header.previousHash);
  }
  return branch;
}

/** The context before the first block of an index that does not begin with the chain. */
export async function contextBefore(start: number, node: ChainNode): Promise<ChainContext> {
  if (start === 0) return BEFORE_GENESIS;
  return contextAtNode({ height: start - 1, hash: await node.blockHash(start - 1) }, node);
}

/** The context after a block that is not in the store, as far as the node knows it. */
async function contextAtNode(
  { height, hash }: { height: number; hash: string | null },
  node: ChainNode,
): Promise<ChainContext> {
  const header = hash === null ? null : await node.header(hash);
  const older = await olderTimes(hash, height + 1, 0, node);
  return {
    hash,
    height,
    chainWork: header?.chainWork ?? null,
    times: older.times,
    timesComplete: older.complete,
    maxTime: 0,
  };
}

/**
 * Times of the blocks from `hash` (just below `height`) downwards, so that there are ten together with `have` others.
 */
async function olderTimes(
  hash: string | null,
  height: number,
  have: number,
  node: ChainNode,
): Promise<{ times: number[]; complete: boolean }> {
  const times: number[] = [];
  let next = hash;
  for (let below = height; below > 0 && have + times.length < MEDIAN_SPAN - 1; below--) {
    const header: Awaited<ReturnType<ChainNode['header']>> = next === null ? null : await node.header(next);
    if (header === null) return { times, complete: false };
    times.unshift(header.time);
    next = header.previousHash;
  }
  return { times, complete: true };
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
