import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { parseBlock, readBlock } from '../../src/chain/block.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, equalBytes, fromHex, MalformedBytesError } from '../../src/chain/bytes.ts';
import { dataPushes } from '../../src/chain/data.ts';
import { type Network, networkById } from '../../src/chain/networks.ts';
import { type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';
import { amount } from '../support/amount.ts';
import { blockOf, legacyBlock, segwitBlock, testnetBlock } from './fixtures.ts';
import { Random } from './random.ts';
import { chunksOf, malformedOffset, serialize } from './support.ts';

const NETWORKS = (['btc-mainnet', 'bch-mainnet', 'bsv-mainnet'] as const).map(networkById);

/** Counts and lengths that claim more than there can be, or are written longer than they need to be. */
const HOSTILE_SIZES = [
  'ff',
  'ffffffffffffffffff',
  'ff0000000000010000',
  'feffffffff',
  'fe00000001',
  'fdffff',
  'fd0000',
  'fd',
];

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

const flipBytes: Damage = (bytes, random) => {
  const damaged = bytes.slice();
  for (let i = 1 + random.below(4); i > 0; i--) damaged[random.below(bytes.length)]! ^= 1 << random.below(8);
  return damaged;
};
const truncate: Damage = (bytes, random) => bytes.slice(0, random.below(bytes.length));
const insert: Damage = (bytes, random) => {
  const at = random.below(bytes.length);
  return concatBytes(bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at));
};
const remove: Damage = (bytes, random) => {
  const at = random.below(bytes.length);
  return concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8)));
};
const claimTooMuch: Damage = (bytes, random) => {
  const damaged = bytes.slice();
  const size = fromHex(HOSTILE_SIZES[random.below(HOSTILE_SIZES.length)]!);
  const at = random.below(bytes.length - size.length);
  damaged.set(size, random.below(8) === 0 ? 80 : at);
  return damaged;
};
const DAMAGES = [flipBytes, truncate, insert, remove, claimTooMuch];

/** Reads everything, and checks that it agrees with the bytes. */
function checkTransaction(transaction: Transaction, network: Network): void {
  if (!equalBytes(serialize(transaction), transaction.bytes)) throw new Error('read something that is not there');
  if (transaction.txid.length + transaction.wtxid.length !== 64) throw new Error('ids of another length');
  for (const { lockingScript } of transaction.outputs) {
    addressOf(lockingScript, network);
    dataPushes(lockingScript);
  }
}

/** Whether the bytes were read as a block; if not, they must have been refused in the one permitted way. */
function readsWhole(bytes: Uint8Array, network: Network): boolean {
  try {
    for (const transaction of parseBlock(bytes, network).transactions) checkTransaction(transaction, network);
    return true;
  } catch (error) {
    checkError(error, bytes);
    return false;
  }
}

async function readsStreamed(bytes: Uint8Array, network: Network, random: Random): Promise<boolean> {
  const sizes = Array.from({ length: 3 }, () => 1 + random.below(Math.max(2, bytes.length / 4)));
  try {
    const { transactions } = await readBlock(chunksOf(bytes, sizes), network);
    for await (const transaction of transactions) checkTransaction(transaction, network);
    return true;
  } catch (error) {
    checkError(error, bytes);
    return false;
  }
}

function checkError(error: unknown, bytes: Uint8Array): void {
  if (!(error instanceof MalformedBytesError)) throw error;
  if (!Number.isInteger(error.offset) || error.offset < 0 || error.offset > bytes.length) throw error;
}

const SMALL_BLOCKS = [
  testnetBlock(),
  segwitBlock(6),
  segwitBlock(1),
  blockOf([]),
  new Uint8Array(80),
  new Uint8Array(0),
];

describe('damaged blocks are refused with an offset, or read as their bytes say', () => {
  it.each([
    ['a legacy block', legacyBlock(), amount({ usual: 500, long: 20_000 })],
    ['a SegWit block', segwitBlock(150), amount({ usual: 2_000, long: 50_000 })],
    ['testnet block 86756', testnetBlock(), amount({ usual: 5_000, long: 200_000 })],
    ['a small SegWit block', segwitBlock(6), amount({ usual: 5_000, long: 200_000 })],
  ])('%s', (_, bytes, rounds) => {
    const random = new Random(rounds);
    let refused = 0;
    for (let i = 0; i < rounds; i++) {
      const damaged = DAMAGES[i % DAMAGES.length]!(bytes, random);
      if (!readsWhole(damaged, NETWORKS[random.below(NETWORKS.length)]!)) refused++;
    }
    expect(refused).toBeGreaterThan(rounds / 2);
    expect(refused).toBeLessThan(rounds);
  });

  it('a block may be cut off anywhere', () => {
    for (const bytes of SMALL_BLOCKS) {
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.slice(0, length);
        expect(readsWhole(cut, NETWORKS[0]!)).toBe(false);
        // If it is read without SegWit, a part of a SegWit block may happen to be a block.
        readsWhole(cut, NETWORKS[1]!);
      }
    }
  });

  it('a stream has the same outcome', async () => {
    const random = new Random(7);
    for (let i = 0; i < 6_000; i++) {
      const bytes = SMALL_BLOCKS[i % 3]!;
      const damaged = DAMAGES[random.below(DAMAGES.length)]!(bytes, random);
      const network = NETWORKS[random.below(NETWORKS.length)]!;
      expect(await readsStreamed(damaged, network, random)).toBe(readsWhole(damaged, network));
    }
    for (const bytes of SMALL_BLOCKS) {
      expect(await readsStreamed(bytes, NETWORKS[0]!, random)).toBe(readsWhole(bytes, NETWORKS[0]!));
    }
  });
});

describe('a count that the remaining bytes cannot hold', () => {
  const head = new Uint8Array(80);
  const input = new ByteWriter().bytes(new Uint8Array(36)).compactSize(0).u32(0).finish();
  const counted = (...parts: readonly Uint8Array[]) => concatBytes(...parts, new Uint8Array(1_000));
  const size = (count: number) => new ByteWriter().compactSize(count).finish();
  const version = Uint8Array.of(1, 0, 0, 0);
  const network = NETWORKS[0]!;

  it.each([2 ** 40, 2 ** 32, 1_000_000, 2 ** 53 - 1])('is refused at once: %i', (count) => {
    const start = performance.now();
    expect(malformedOffset(() => parseBlock(counted(head, size(count)), network))).toBe(80);
    expect(malformedOffset(() => transactionFromBytes(counted(version, size(count)), network))).toBe(4);
    expect(malformedOffset(() => transactionFromBytes(counted(version, size(1), input, size(count)), network))).toBe(
      46,
    );
    const witness = counted(version, Uint8Array.of(0, 1), size(1), input, size(0), size(count));
    expect(malformedOffset(() => transactionFromBytes(witness, network))).toBe(49);
    expect(performance.now() - start).toBeLessThan(100);
  });

  it('is refused in every form', () => {
    for (const hex of HOSTILE_SIZES) {
      const bytes = counted(version, fromHex(hex));
      expect(malformedOffset(() => transactionFromBytes(bytes, network))).toBeGreaterThanOrEqual(4);
    }
  });
});
