import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChainFiles, ChainTotals } from '../../bench/chain/chain-files.ts';
import { giantBlockFiles } from '../../bench/chain/giant-block.ts';
import { chainFiles } from '../../bench/chain/make-chain.ts';
import { BlockFilesNode } from '../../indexer/node/block-files/block-files-node.ts';
import { type Block, parseBlock } from '../../src/chain/block.ts';
import { hashToHex, mapKey, toHex, u32At } from '../../src/chain/bytes.ts';
import { sha256 } from '../../src/chain/hash.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import { networkById } from '../../src/chain/networks.ts';
import { isUnspendable, scriptType } from '../../src/chain/script.ts';
import type { Transaction } from '../../src/chain/transaction.ts';

const TRANSACTIONS = 2_000;
const GIANT_BYTES = 2_000_000;
const GIANT_HEIGHT = 120;
const MATURITY = 100;

let cache: string;

beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'bitql-bench-test-'));
});

afterAll(() => rmSync(cache, { recursive: true }));

describe.each([
  ['chain', () => chainFiles({ transactions: TRANSACTIONS, folder: cache })],
  ['giant block', () => giantBlockFiles({ bytes: GIANT_BYTES, folder: cache })],
])('the block files of a made-up %s', (_, make) => {
  let files: ChainFiles;
  let blocks: Block[];

  beforeAll(async () => {
    files = await make();
    blocks = blocksOf(files);
  });

  it('hold a chain that begins at height 0', async () => {
    const node = await BlockFilesNode.open(files.folder, files.network, new AbortController().signal);
    const hashes = blocks.map(({ header }) => hashToHex(header.hash));
    const tip = { height: hashes.length - 1, hash: hashes.at(-1) };
    expect(await node.info()).toMatchObject({ lowestBlock: 0, tip });
    expect(await Promise.all(hashes.map((_, height) => node.blockHash(height)))).toEqual(hashes);
  });

  it('hold as many transactions as their summary says', () => {
    expect(files).toMatchObject(totalsOf(blocks));
  });

  it('have right merkle roots, and commitments to witnesses', () => {
    for (const { header, transactions } of blocks) {
      expect(toHex(header.merkleRoot)).toBe(toHex(merkleRoot(transactions.map(({ txid }) => txid))));
      if (networkById(files.network).segwit) expect(committed(transactions)).toBe(commitment(transactions));
    }
  });

  it('spend each output once, only outputs that exist, and no immature coinbase', () => {
    expect(() => spend(blocks, files)).not.toThrow();
  });

  it('pay fees with every transaction, and pay all fees and the subsidy to the coinbase', () => {
    const fees = spend(blocks, files);
    expect(fees.flat().every((fee) => fee > 0)).toBe(true);
    const rewards = blocks.map(({ transactions }) => valueCreated(transactions[0]!));
    const expected = fees.map((paid, height) => 50e8 / 2 ** Math.floor(height / 150) + paid.reduce((a, b) => a + b, 0));
    expect(rewards).toEqual(expected);
  });

  it('go back in time now and then, but never in median time', () => {
    const times = blocks.map(({ header }) => header.time);
    const medians = times.map((_, i) => times.slice(Math.max(0, i - 10), i + 1).toSorted()[Math.min(i + 1, 11) >>> 1]!);
    expect(times.some((time, i) => time < (times[i - 1] ?? 0))).toBe(true);
    expect(times.slice(1).every((time, i) => time > medians[i]!)).toBe(true);
  });
});

describe('a made-up chain', () => {
  it('has the requested number of transactions, of all kinds', async () => {
    const files = await chainFiles({ transactions: TRANSACTIONS, folder: cache });
    expect(files.transactions).toBe(TRANSACTIONS);
    const transactions = blocksOf(files).flatMap((block) => block.transactions);
    const network = networkById(files.network);
    const types = new Set(
      transactions.flatMap(({ outputs }) => outputs.map(({ script }) => scriptType(script, network))),
    );
    const expected = ['P2PK', 'P2PKH', 'P2SH', 'MULTISIG', 'P2WPKH', 'P2WSH', 'P2TR', 'NULL_DATA'];
    expect([...types].sort()).toEqual(expected.sort());
    expect(new Set(transactions.map(({ hasWitness }) => hasWitness))).toEqual(new Set([true, false]));
  });

  it('is made once', async () => {
    const times = async () => {
      const { folder } = await chainFiles({ transactions: TRANSACTIONS, folder: cache });
      return readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs);
    };
    expect(await times()).toEqual(await times());
  });

  it('is always the same', async () => {
    const [one, other] = [cache, join(cache, 'other')].map((folder) => chainFiles({ transactions: 500, folder }));
    expect(digestsIn((await one!).folder)).toEqual(digestsIn((await other!).folder));
  });

  it('is not made from the files of a killed run, which are removed', async () => {
    const { folder } = await chainFiles({ transactions: 150, folder: cache });
    rmSync(folder, { recursive: true });
    const { pid } = spawnSync('true');
    mkdirSync(`${folder}.partial-${pid}`);
    expect(await chainFiles({ transactions: 150, folder: cache })).toMatchObject({ transactions: 150 });
    expect(readdirSync(cache).filter((name) => name.startsWith(basename(folder)))).toEqual([basename(folder)]);
  });
});

describe('a giant block', () => {
  it('has the requested size, and later blocks spend some of its outputs', async () => {
    const blocks = blocksOf(await giantBlockFiles({ bytes: GIANT_BYTES, folder: cache }));
    expect(blocks).toHaveLength(GIANT_HEIGHT + 3);
    const giant = blocks[GIANT_HEIGHT]!;
    expect(giant.size).toBe(GIANT_BYTES);
    expect(giant.transactions.length).toBeGreaterThan(2_000);
    expect(Math.max(...giant.transactions.map(({ outputCount }) => outputCount))).toBeGreaterThan(5_000);
    const created = new Set(giant.transactions.map(({ txid }) => mapKey(txid)));
    const behind = blocks.slice(GIANT_HEIGHT + 1).flatMap(({ transactions }) => transactions);
    const spent = behind
      .flatMap(({ inputs }) => inputs)
      .filter(({ previousTxid }) => created.has(mapKey(previousTxid)));
    expect(spent.length).toBeGreaterThan(10);
  });

  it.each([999_999, 2 ** 32, 1.5e6 + 0.5])('cannot have %d bytes', async (bytes) => {
    await expect(giantBlockFiles({ bytes, folder: cache })).rejects.toThrow(RangeError);
  });
});

/** All blocks in the order of their files, read by the file format alone: magic, length, block, XORed with the key. */
function blocksOf({ folder, network: id }: ChainFiles): Block[] {
  const network = networkById(id);
  const key = readFileSync(join(folder, 'xor.dat'));
  const blocks: Block[] = [];
  for (const name of readdirSync(folder).filter((file) => file.startsWith('blk'))) {
    const bytes = new Uint8Array(readFileSync(join(folder, name))).map((byte, i) => byte ^ key[i % 8]!);
    for (let at = 0; at < bytes.length; at += 8 + u32At(bytes, at + 4)) {
      expect(toHex(bytes.subarray(at, at + 4))).toBe(toHex(network.magic));
      blocks.push(parseBlock(bytes.subarray(at + 8, at + 8 + u32At(bytes, at + 4)), network));
    }
  }
  return blocks;
}

function totalsOf(blocks: readonly Block[]): ChainTotals {
  const transactions = blocks.flatMap((block) => block.transactions);
  const spending = transactions.filter(({ isCoinbase }) => !isCoinbase);
  return {
    blocks: blocks.length,
    transactions: transactions.length,
    inputs: spending.reduce((sum, { inputCount }) => sum + inputCount, 0),
    outputs: transactions.reduce((sum, { outputCount }) => sum + outputCount, 0),
    bytes: blocks.reduce((sum, { size }) => sum + size, 0),
  };
}

/**
 * The fees of each block's transactions.
 * @throws Error if an input spends an output that it cannot spend
 */
function spend(blocks: readonly Block[], { network: id }: ChainFiles): number[][] {
  const network = networkById(id);
  const unspent = new Map<string, { value: number; spendableAt: number }>();
  return blocks.map(({ transactions }, height) => {
    const fees: number[] = [];
    for (const transaction of transactions) {
      if (!transaction.isCoinbase) fees.push(spendInputs(transaction, height, unspent) - valueCreated(transaction));
      for (const [index, { value, script }] of transaction.outputs.entries()) {
        const spendableAt = transaction.isCoinbase ? height + MATURITY : height;
        if (isUnspendable(script, network, height)) continue;
        unspent.set(`${mapKey(transaction.txid)}${index}`, { value, spendableAt });
      }
    }
    return fees;
  });
}

function spendInputs(
  { inputs }: Transaction,
  height: number,
  unspent: Map<string, { value: number; spendableAt: number }>,
): number {
  return inputs.reduce((sum, { previousTxid, previousIndex }) => {
    const outpoint = `${mapKey(previousTxid)}${previousIndex}`;
    const output = unspent.get(outpoint);
    if (output === undefined || output.spendableAt > height) throw new Error(`what cannot be spent is, at ${height}`);
    unspent.delete(outpoint);
    return sum + output.value;
  }, 0);
}

function valueCreated({ outputs }: Transaction): number {
  return outputs.reduce((sum, { value }) => sum + value, 0);
}

/** The witness commitment in the last output of the coinbase (BIP141). */
function committed([coinbase]: readonly Transaction[]): string {
  return toHex(coinbase!.outputs.at(-1)!.script.subarray(6));
}

function commitment([coinbase, ...others]: readonly Transaction[]): string {
  const root = merkleRoot([new Uint8Array(32), ...others.map(({ wtxid }) => wtxid)]);
  const reserved = coinbase!.inputs[0]!.witness[0]!;
  return toHex(sha256(sha256(Uint8Array.of(...root, ...reserved))));
}

function digestsIn(folder: string): string[] {
  return readdirSync(folder).map((name) => `${name} ${toHex(sha256(readFileSync(join(folder, name))))}`);
}
