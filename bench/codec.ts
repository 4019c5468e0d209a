import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Block as ReferenceBlock } from 'bitcoinjs-lib';
import { parseBlock } from '../src/chain/block.ts';
import { equalBytes } from '../src/chain/bytes.ts';
import { type Network, networkById } from '../src/chain/networks.ts';
import { legacyBlock, segwitBlock } from '../test/chain/fixtures.ts';

const WARM_UP_ROUNDS = 10;
const ROUNDS = 31;
const SEGWIT_TRANSACTIONS = 2_700;

/** The result of reading a block, folded so that no read can be optimised away. */
interface Digest {
  satoshis: number;
  numbers: number;
  bytes: number;
}

/** One side of the comparison: reads every field of a block and computes every txid and wtxid. */
type Side = (block: Uint8Array) => Digest;

interface Result {
  readonly bytes: number;
  readonly transactions: number;
  readonly bitqlMs: number;
  readonly bitcoinjsMs: number;
  readonly ratio: number;
}

export const OPTIONS = {
  /** A file with a raw SegWit block. */
  segwit: { type: 'string' },
} as const;

/**
 * Reads whole blocks, on a legacy and on a SegWit block, here and with bitcoinjs-lib: every outpoint, sequence, value,
 * script and witness item, txid and wtxid.
 */
export function main(args: string[]): void {
  const { values } = parseArgs({ args, options: OPTIONS });
  const network = networkById('btc-mainnet');
  const segwit = values.segwit === undefined ? segwitBlock(SEGWIT_TRANSACTIONS) : readFileSync(values.segwit);
  const results = { legacy: compare(legacyBlock(), network), segwit: compare(new Uint8Array(segwit), network) };
  console.table(results);
  const ratio = Math.min(results.legacy.ratio, results.segwit.ratio);
  console.log(JSON.stringify({ bench: 'codec', ...results, ratio_vs_bitcoinjs: ratio }));
}

/** Times both sides in turns on the same block, after making sure that they read the same. */
function compare(block: Uint8Array, network: Network): Result {
  checkEqual(block, network);
  const ours: Side = (bytes) => readWithBitql(bytes, network);
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const [mine, yours] = [timed(ours, block), timed(readWithBitcoinjs, block)];
    if (JSON.stringify(mine.digest) !== JSON.stringify(yours.digest)) throw new Error('the two sides read differently');
    if (round < WARM_UP_ROUNDS) continue;
    times.ours.push(mine.ms);
    times.theirs.push(yours.ms);
  }
  const [bitqlMs, bitcoinjsMs] = [median(times.ours), median(times.theirs)];
  return {
    bytes: block.length,
    transactions: parseBlock(block, network).transactions.length,
    bitqlMs: rounded(bitqlMs),
    bitcoinjsMs: rounded(bitcoinjsMs),
    ratio: rounded(bitcoinjsMs / bitqlMs),
  };
}

function readWithBitql(bytes: Uint8Array, network: Network): Digest {
  const digest = { satoshis: 0, numbers: 0, bytes: 0 };
  for (const transaction of parseBlock(bytes, network).transactions) {
    digest.numbers += transaction.version + transaction.lockTime;
    digest.bytes += touch(transaction.txid);
    if (!transaction.isCoinbase) digest.bytes += touch(transaction.wtxid);
    for (const input of transaction.inputs) {
      digest.numbers += input.previousIndex + input.sequence;
      digest.bytes += touch(input.previousTxid) + touch(input.unlockingScript);
      for (const item of input.witness) digest.bytes += touch(item);
    }
    for (const output of transaction.outputs) {
      digest.satoshis += output.value;
      digest.bytes += touch(output.script);
    }
  }
  return digest;
}

function readWithBitcoinjs(bytes: Uint8Array): Digest {
  const digest = { satoshis: 0, numbers: 0, bytes: 0 };
  for (const transaction of ReferenceBlock.fromBuffer(bytes).transactions ?? []) {
    digest.numbers += transaction.version + transaction.locktime;
    digest.bytes += touch(transaction.getHash(false));
    // It counts the wtxid of a coinbase as zero, so that one is left out on both sides.
    if (!transaction.isCoinbase()) digest.bytes += touch(transaction.getHash(true));
    for (const input of transaction.ins) {
      digest.numbers += input.index + input.sequence;
      digest.bytes += touch(input.hash) + touch(input.script);
      for (const item of input.witness) digest.bytes += touch(item);
    }
    for (const output of transaction.outs) {
      digest.satoshis += Number(output.value);
      digest.bytes += touch(output.script);
    }
  }
  return digest;
}

/** A little of the bytes: enough that they must exist. */
function touch(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : bytes.length + bytes[0]! + bytes[bytes.length - 1]!;
}

/** Compares all that both sides read, byte by byte, outside of the timing. */
function checkEqual(bytes: Uint8Array, network: Network): void {
  const theirs = ReferenceBlock.fromBuffer(bytes).transactions ?? [];
  const ours = parseBlock(bytes, network).transactions;
  const same = ours.every((transaction, i) => {
    const reference = theirs[i]!;
    return (
      transaction.version === reference.version &&
      transaction.lockTime === reference.locktime &&
      equalBytes(transaction.txid, reference.getHash(false)) &&
      (transaction.isCoinbase || equalBytes(transaction.wtxid, reference.getHash(true))) &&
      equalLists(transaction.inputs, reference.ins, (input, other) => {
        return (
          input.previousIndex === other.index &&
          input.sequence === other.sequence &&
          equalBytes(input.previousTxid, other.hash) &&
          equalBytes(input.unlockingScript, other.script) &&
          equalLists(input.witness, other.witness, equalBytes)
        );
      }) &&
      equalLists(transaction.outputs, reference.outs, (output, other) => {
        return output.value === Number(other.value) && equalBytes(output.script, other.script);
      })
    );
  });
  if (ours.length !== theirs.length || !same) throw new Error('the two sides read differently');
}

function equalLists<A, B>(a: readonly A[], b: readonly B[], equal: (a: A, b: B) => boolean): boolean {
  return a.length === b.length && a.every((item, i) => equal(item, b[i]!));
}

function timed(side: Side, block: Uint8Array): { digest: Digest; ms: number } {
  const start = performance.now();
  const digest = side(block);
  return { digest, ms: performance.now() - start };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1]!;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
