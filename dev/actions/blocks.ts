import { fromHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';
import { BitqlError } from '../../src/errors.ts';
import { buildBlock } from '../block-builder.ts';
import type { CoreCalls } from '../core-calls.ts';
import type { Tools } from './tools.ts';

/** Blocks that were mined. */
export interface Mined {
  /** The height of the last one. */
  readonly height: number;
  /** Their hashes, the lowest first. */
  readonly blocks: readonly string[];
}

/** Mines blocks with the transactions of the mempool. */
export async function mine({ calls }: Tools, count: number): Promise<Mined> {
  const blocks = await calls.mine(count);
  return { height: await calls.height(), blocks };
}

/** A branch that became the chain. */
export interface Reorganised {
  /** The last block that both branches have. */
  readonly fork: { readonly height: number; readonly hash: string };
  /** Hashes of the blocks that are now stale, the lowest first. */
  readonly stale: readonly string[];
  /** Hashes of the new blocks, one more than the stale ones, the lowest first. */
  readonly blocks: readonly string[];
  /** Txids of the stale blocks that are pending again. Coinbases are gone, and so are the transactions that spent them. */
  readonly pendingAgain: readonly string[];
}

const REGTEST = networkById('btc-regtest');

/**
 * Replaces the last blocks by a longer branch, as the network does: the node receives the blocks of the branch and
 * switches to it by itself when the last one arrives.
 * @param depth how many blocks are replaced
 * @param transactions raw transactions in hex for the first block of the branch; its other blocks are empty
 */
export async function reorganise(
  { calls }: Tools,
  depth: number,
  transactions: readonly string[],
): Promise<Reorganised> {
  const height = await calls.height();
  if (depth > height) {
    throw new BitqlError(
      'BAD_SETTING',
      `The chain has ${height} blocks above its first one, so its last ${depth} cannot be replaced.`,
    );
  }
  const heights = Array.from({ length: depth + 1 }, (_, n) => height - depth + n);
  const [fork, ...stale] = await Promise.all(heights.map((at) => calls.blockHash(at)));
  const included = transactions.map((hex) => transactionFromBytes(fromHex(hex), REGTEST));
  const blocks = await submitBranch(calls, fork!, depth + 1, included);
  return {
    fork: { height: height - depth, hash: fork! },
    stale,
    blocks,
    pendingAgain: await pendingOf(calls, stale),
  };
}

async function submitBranch(
  calls: CoreCalls,
  fork: string,
  length: number,
  transactions: readonly Transaction[],
): Promise<string[]> {
  const template = await calls.template();
  const hashes: string[] = [];
  let word: string | null = null;
  for (let n = 0; n < length; n++) {
    const parent = await calls.header(hashes.at(-1) ?? fork);
    const { hash, hex } = buildBlock(parent, template, n === 0 ? transactions : []);
    word = await calls.submitBlock(hex);
    if (word !== null && word !== 'inconclusive') throw refused(word);
    hashes.push(hash);
  }
  // The node checks the inputs of a branch's blocks only when the branch becomes the longest.
  if ((await calls.bestBlock()) !== hashes.at(-1)) throw refused(word ?? 'its blocks are not valid');
  return hashes;
}

function refused(word: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `The node does not accept the new branch: ${word}.`);
}

async function pendingOf(calls: CoreCalls, blocks: readonly string[]): Promise<string[]> {
  const mempool = new Set(await calls.mempool());
  const txids = await Promise.all(blocks.map((hash) => calls.blockTxids(hash)));
  return txids.flat().filter((txid) => mempool.has(txid));
}
