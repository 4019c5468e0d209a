import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBlock, readBlock } from '../../src/chain/block.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, MalformedBytesError, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { blockOf, legacyBlock, segwitBlock, testnetBlock } from './fixtures.ts';
import { chunksOf, malformedOffset } from './support.ts';

const btc = networkById('btc-mainnet');
const bsv = networkById('bsv-mainnet');

/** The transactions that were read, each with its bytes, both ids and the lazily read fields. */
const summary = (transaction: Transaction) => ({
  bytes: toHex(transaction.bytes),
  wtxid: toHex(transaction.wtxid),
  satoshis: transaction.outputs.map(({ value }) => value),
  witness: transaction.inputs.flatMap(({ witness }) => witness.map(toHex)),
});

async function collect(transactions: AsyncIterable<Transaction>): Promise<Transaction[]> {
  const all: Transaction[] = [];
  for await (const transaction of transactions) all.push(transaction);
  return all;
}

describe.each([
  ['mainnet block 357238', legacyBlock()],
  ['testnet block 86756', testnetBlock()],
  ['a SegWit block', segwitBlock(200)],
])('%s', (_, bytes) => {
  const whole = parseBlock(bytes, btc);

  it.each([[1], [79, 1, 1], [1_000], [64 * 1024], [100_000_000], [0, 500, 0]])(
    'streams the same transactions in chunks of %j bytes',
    async (...sizes) => {
      const { header, transactionCount, transactions } = await readBlock(chunksOf(bytes, sizes), btc);
      expect(header.hash).toEqual(whole.header.hash);
      expect(transactionCount).toBe(whole.transactions.length);
      // Kept until the end, so that a later chunk that overwrote an earlier one would show.
      expect((await collect(transactions)).map(summary)).toEqual(whole.transactions.map(summary));
    },
  );
});

it('chunks of any sizes give the same transactions', async () => {
  const bytes = testnetBlock();
  const expected = parseBlock(bytes, btc).transactions.map(summary);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), async (sizes) => {
      const { transactions } = await readBlock(chunksOf(bytes, sizes), btc);
      expect((await collect(transactions)).map(summary)).toEqual(expected);
    }),
  );
});

/** A transaction with one data output of this size, as BSV has them. */
function dataTransaction(size: number): Uint8Array {
  return new ByteWriter(size + 100)
    .u32(1)
    .compactSize(1)
    .bytes(new Uint8Array(32).fill(9))
    .u32(0)
    .compactSize(0)
    .u32(0xffff_ffff)
    .compactSize(1)
    .u64(0)
    .compactSize(size)
    .bytes(new Uint8Array(size).fill(1))
    .u32(0)
    .finish();
}

describe('a block that should not be in memory at once', () => {
  const CHUNK = 64 * 1024;
  const TRANSACTION = dataTransaction(3_000);
  const BIG_TRANSACTION = dataTransaction(1_000_000);
  const COUNT = 100_000;
  const BIG_EVERY = 10_000;

  /** 300 MB, created while they are read. */
  async function* largeBlock(): AsyncGenerator<Uint8Array> {
    yield new ByteWriter().bytes(new Uint8Array(80)).compactSize(COUNT).finish();
    let held: Uint8Array[] = [];
    let size = 0;
    for (let i = 0; i < COUNT; i++) {
      const transaction = i % BIG_EVERY === 0 ? BIG_TRANSACTION : TRANSACTION;
      held.push(transaction);
      size += transaction.length;
      if (size < CHUNK && i < COUNT - 1) continue;
      const bytes = concatBytes(...held);
      for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.slice(at, at + CHUNK);
      held = [];
      size = 0;
    }
  }

  it('is read with a buffer that its largest transaction bounds', async () => {
    const { transactions } = await readBlock(largeBlock(), bsv);
    let bytes = 0;
    let count = 0;
    let largestBuffer = 0;
    for await (const transaction of transactions) {
      bytes += transaction.size;
      count++;
      largestBuffer = Math.max(largestBuffer, transaction.bytes.buffer.byteLength);
    }
    expect(count).toBe(COUNT);
    expect(bytes).toBeGreaterThan(300_000_000);
    expect(largestBuffer).toBeLessThan(2 * BIG_TRANSACTION.length + 2 * CHUNK);
  });

  it('copies a large transaction a few times, not once for each small chunk', async () => {
    // Many small outputs, so the remaining length is never known.
    const outputs = new Uint8Array(20_000_000).fill(0);
    const head = new ByteWriter()
      .u32(1)
      .compactSize(0)
      .compactSize(outputs.length / 10);
    for (let at = 8; at < outputs.length; at += 10) outputs[at] = 1;
    const block = blockOf([head.bytes(outputs).u32(0).finish()]);
    const start = performance.now();
    const { transactions } = await readBlock(chunksOf(block, [1_000]), bsv);
    const [transaction] = await collect(transactions);
    expect(transaction!.outputCount).toBe(2_000_000);
    // 20,000 chunks: to copy everything received so far (about 10 MB) for each of them would take a minute.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

it('errors have offsets within the block', async () => {
  const block = blockOf([dataTransaction(3_000), dataTransaction(2_000)]);
  const valueAt = block.length - 4 - 2_000 - 3 - 8;
  block.fill(0xff, valueAt, valueAt + 8);
  expect(malformedOffset(() => parseBlock(block, btc))).toBe(valueAt);
  const streamed = await readBlock(chunksOf(block, [1_000]), btc);
  await expect(collect(streamed.transactions)).rejects.toMatchObject({ offset: valueAt });

  const cut = await readBlock(chunksOf(block.slice(0, 5_000), [1_000]), btc);
  await expect(collect(cut.transactions)).rejects.toMatchObject({ offset: 5_000 });
  const longer = await readBlock(chunksOf(concatBytes(testnetBlock(), new Uint8Array(9)), [1_000]), btc);
  await expect(collect(longer.transactions)).rejects.toMatchObject({ offset: testnetBlock().length });
});

describe('a transaction larger than the limit', () => {
  const block = blockOf([dataTransaction(500), dataTransaction(5_000)]);
  const limit = dataTransaction(5_000).length;

  it.each([[100], [1_000_000]])('is refused in chunks of %i bytes', async (chunk) => {
    const { transactions } = await readBlock(chunksOf(block, [chunk]), bsv, { maxTransactionSize: limit - 1 });
    await expect(collect(transactions)).rejects.toThrow(`larger than the limit of ${limit - 1} bytes`);
  });

  it('is one that is one byte longer', async () => {
    const { transactions } = await readBlock(chunksOf(block, [100]), bsv, { maxTransactionSize: limit });
    expect(await collect(transactions)).toHaveLength(2);
  });

  it('is refused when its first bytes announce it', async () => {
    const head = new ByteWriter()
      .bytes(new Uint8Array(80))
      .compactSize(1)
      .u32(1)
      .compactSize(2 ** 40)
      .finish();
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield head;
      for (;;) yield new Uint8Array(1_000);
    }
    const { transactions } = await readBlock(endless(), bsv);
    await expect(collect(transactions)).rejects.toThrow(MalformedBytesError);
  });
});

describe('the source', () => {
  const bytes = testnetBlock();

  /** The block in chunks, and whether the reader has closed it. */
  function watched(sizes: number[], failAfter = Number.POSITIVE_INFINITY) {
    const state = { closed: false };
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        let chunks = 0;
        for await (const chunk of chunksOf(bytes, sizes)) {
          if (chunks++ === failAfter) throw new Error('connection lost');
          yield chunk;
        }
      } finally {
        state.closed = true;
      }
    }
    return { state, source: source() };
  }

  it('is closed when everything is read, and when the reader stops early', async () => {
    const read = watched([100]);
    await collect((await readBlock(read.source, btc)).transactions);
    expect(read.state.closed).toBe(true);

    const left = watched([100]);
    for await (const transaction of (await readBlock(left.source, btc)).transactions) {
      expect(transaction.isCoinbase).toBe(true);
      break;
    }
    expect(left.state.closed).toBe(true);
  });

  it('is closed when it is not a block', async () => {
    const state = { closed: false };
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield new Uint8Array(80);
        yield Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0);
        yield new Uint8Array(1);
      } finally {
        state.closed = true;
      }
    }
    await expect(readBlock(source(), btc)).rejects.toThrow(MalformedBytesError);
    expect(state.closed).toBe(true);
  });

  it('passes its own errors through', async () => {
    await expect(readBlock(watched([10], 3).source, btc)).rejects.toThrow('connection lost');
    const { transactions } = await readBlock(watched([200], 5).source, btc);
    await expect(collect(transactions)).rejects.toThrow('connection lost');
  });
});
