import { hash256 } from '../../src/chain/hash.ts';
import { patternless } from '../support/data-scripts.ts';
import {
  dataScript,
  encodeBlock,
  encodeCoinbase,
  encodeTransaction,
  type MadeInput,
  type MadeOutput,
  p2pkhScript,
} from '../support/synthetic-chain.ts';

export interface LongChainOptions {
  /** Number of blocks of a few hundred bytes at the start of the chain, more than twice the number of large ones. */
  readonly small: number;
  /** Number of blocks of about 1 MiB after them. */
  readonly large: number;
}

const REWARD = 5_000;
const KEYS = 50;
/** Every so many small blocks one pays on what another one earned so many blocks ago, which is never an odd one. */
const PAYS_EVERY = 8;
const SPENDS_BACK = 100;
const PAYLOADS = 16;
const PAYLOAD = patternless(64 * 1024);

/**
 * A whole chain that an index commits in many steps: small blocks by their number, large ones by their size. Every output
 * that it spends is in it, mostly created in an earlier step.
 */
export function longChain({ small, large }: LongChainOptions): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  const coinbases: Uint8Array[] = [];
  for (let height = 0; height < small + large; height++) {
    const outputs = [{ value: REWARD, script: p2pkhScript(height % KEYS) }];
    const coinbase = encodeCoinbase(height, outputs);
    const others = height < small ? payments(height, coinbases) : payloads(height - small, coinbases);
    coinbases.push(coinbase);
    const last = blocks.at(-1);
    const previousHash = last === undefined ? new Uint8Array(32) : hash256(last.subarray(0, 80));
    blocks.push(encodeBlock(previousHash, 1_000 + 10 * height, [coinbase, ...others]));
  }
  return blocks;
}

function payments(height: number, coinbases: readonly Uint8Array[]): Uint8Array[] {
  const spent = coinbases[height - SPENDS_BACK];
  if (height % PAYS_EVERY !== 0 || spent === undefined) return [];
  return [pay(spent, { value: REWARD - 10, script: p2pkhScript((height * 7) % KEYS) })];
}

/** A chain of transactions, from the reward of an early, odd block. */
function payloads(number: number, coinbases: readonly Uint8Array[]): Uint8Array[] {
  let previous = coinbases[2 * number + 1]!;
  return Array.from({ length: PAYLOADS }, (_, i) => {
    const data = PAYLOAD.slice();
    new DataView(data.buffer).setUint32(0, number * PAYLOADS + i);
    const value = REWARD - 1 - i;
    previous = pay(previous, { value, script: p2pkhScript(i) }, { value: 0, script: dataScript([data]) });
    return previous;
  });
}

/** Spends the first output of a transaction. */
function pay(spent: Uint8Array, ...outputs: MadeOutput[]): Uint8Array {
  const input: MadeInput = { txid: hash256(spent), index: 0 };
  return encodeTransaction([input], outputs);
}
