import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { BlockFilesNode } from '../../indexer/node/block-files/block-files-node.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import type { ChainNode } from '../../indexer/node/node.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, hashToHex, toHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { HEADER_SIZE } from '../../src/chain/header.ts';
import { type NetworkId, networkById } from '../../src/chain/networks.ts';
import type { HeaderInfo } from '../../src/rpc/answers.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { describeWith } from '../services/suite.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { buildVariedChain, type VariedChain } from '../support/varied-chain.ts';
import { visibleRows } from '../support/visible-rows.ts';

const { magic: MAGIC } = networkById('btc-regtest');
const OTHER_ADDRESS = 'bcrt1q6z64a43mjgkcq0ul2znwneq3spghrlau9slefp';

function filesIn(path: string, network: NetworkId | null = null): Promise<BlockFilesNode> {
  return BlockFilesNode.open(path, network, new AbortController().signal);
}

/** What readers see in an index of that node. */
async function rowsOf(node: ChainNode, from = 0): Promise<string[]> {
  const store = await temporaryStore();
  await indexQuietly({
    store,
    node,
    from,
    once: true,
  });
  const rows = await visibleRows(store);
  await store.close();
  return rows;
}

async function rawBlock(node: ChainNode, hash: string): Promise<Uint8Array> {
  const { size, chunks } = await node.block(hash);
  const bytes = await buffer(chunks);
  expect(bytes.length).toBe(size);
  return new Uint8Array(bytes);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** A record of a file: a block, or the outputs that a block spends. */
function record(bytes: Uint8Array): Uint8Array {
  return concatBytes(MAGIC, new ByteWriter(4).u32(bytes.length).finish(), bytes);
}

/** Like `record`, for a record whose length needs more than four bytes (Bitcoin SV). */
function longRecord(bytes: Uint8Array): Uint8Array {
  return concatBytes(MAGIC, new ByteWriter(12).u32(0xffff_ffff).u64(bytes.length).finish(), bytes);
}

/** A header with the work that regtest requires. */
function mineHeader(previousHash: Uint8Array, version = 4): Uint8Array {
  for (let nonce = 0; ; nonce++) {
    const writer = new ByteWriter(HEADER_SIZE).u32(version).bytes(previousHash).bytes(new Uint8Array(32));
    const header = writer.u32(1_700_000_000).u32(0x207f_ffff).u32(nonce).finish();
    if (hash256(header)[31]! < 0x7f) return header;
  }
}

describeWith('bitcoind')('block files', ({ bitcoind }) => {
  const sandbox = new Sandbox('block-files');
  let node: RegtestNode;
  let chain: VariedChain;
  /** The contents of the files after the node has stopped. */
  let live: string[];
  let higher: string[];
  /** The node's own answers, by height. */
  let hashes: string[];
  let raw: Uint8Array[];
  let infos: (HeaderInfo | null)[];
  let counts: (number | null)[];
  /** A block that is not on the main chain. */
  let stale: { hash: string; info: HeaderInfo | null };

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    chain = await buildVariedChain(node);
    // Two stale blocks among the others.
    await node.rpc('invalidateblock', chain.blocks.at(-2)!.hash);
    await node.mine(4, OTHER_ADDRESS);
    const running = new LiveNode(parseNodeAddress(node.urlWithPassword));
    live = await rowsOf(running);
    higher = await rowsOf(running, chain.transactions.payEveryLock.height);
    const { height } = (await running.info()).tip;
    hashes = (await running.headers(0, height + 1)).map(({ hash }) => hashToHex(hash));
    raw = await Promise.all(hashes.map((hash) => rawBlock(running, hash)));
    infos = await Promise.all(hashes.map((hash) => running.header(hash)));
    counts = await Promise.all(hashes.map((hash) => running.transactionCount(hash)));
    const { hash } = chain.blocks.at(-1)!;
    stale = { hash, info: await running.header(hash) };
    await node.stop();
  });

  afterAll(async () => {
    await node.close();
    await sandbox.close();
  });

  it('of a real node give the index that the node itself gives', async () => {
    const files = await filesIn(node.blocksPath);
    expect((await files.info()).tip.height).toBe(chain.tip.height + 2);
    expect(await rowsOf(files)).toEqual(live);
  });

  it('of a real node have the same answers for each block as the node itself', async () => {
    const files = await filesIn(node.blocksPath);
    expect(readFileSync(join(node.blocksPath, 'xor.dat')).some((byte) => byte !== 0)).toBe(true);
    expect((await files.headers(0, 10_000)).map(({ hash }) => hashToHex(hash))).toEqual(hashes);
    expect((await files.headers(3, 2)).map(({ hash }) => hashToHex(hash))).toEqual(hashes.slice(3, 5));
    expect(await files.headers(hashes.length, 1)).toEqual([]);
    expect(await Promise.all(hashes.map((hash) => rawBlock(files, hash)))).toEqual(raw);
    expect(await Promise.all(hashes.map((hash) => files.header(hash)))).toEqual(infos);
    expect(await Promise.all(hashes.map((hash) => files.transactionCount(hash)))).toEqual(counts);
  });

  it('know stale blocks by their hash, and no others', async () => {
    const files = await filesIn(node.blocksPath);
    expect(await files.header(stale.hash)).toEqual(stale.info);
    expect(await files.transactionCount(stale.hash)).toBeNull();
    expect((await rawBlock(files, stale.hash)).length).toBeGreaterThan(HEADER_SIZE);
    const unknown = '11'.repeat(32);
    expect(await files.header(unknown)).toBeNull();
    expect(await files.transactionCount(unknown)).toBeNull();
    await expect(files.block(unknown)).rejects.toMatchObject({ code: 'NODE_REFUSED' });
  });

  it('are found in the folder above, too', async () => {
    const files = await filesIn(join(node.blocksPath, '..'));
    expect((await files.info()).tip.height).toBe(chain.tip.height + 2);
  });

  it('include spent outputs that were created before the index begins', async () => {
    const files = await filesIn(node.blocksPath);
    expect(await rowsOf(files, chain.transactions.payEveryLock.height)).toEqual(higher);
  });

  it('without their rev files leave spent outputs unknown', async () => {
    const folder = join(sandbox.folder, 'without-rev');
    cpSync(node.blocksPath, folder, { recursive: true, filter: (name) => !/rev\d+\.dat$/.test(name) });
    const files = await filesIn(folder);
    expect(await files.spentOutputs(chain.blocks[chain.transactions.manyInputs.height]!.hash)).toBeNull();
  });

  it('may hold blocks in any order, rubbish between them, and a last one that is cut off', async () => {
    const folder = join(sandbox.folder, 'shuffled');
    mkdirSync(folder);
    const rubbish = [
      new Uint8Array(3_000),
      Uint8Array.of(1, 2, 3),
      MAGIC,
      concatBytes(MAGIC, new Uint8Array(4)),
      concatBytes(MAGIC, new Uint8Array(20).fill(0xff)),
      // Bytes that look like a block, with a difficulty beyond all others and no work.
      record(new Uint8Array(100).fill(1)),
    ];
    const written = raw.map((block, i) => (i % 7 === 0 ? longRecord(block) : record(block)));
    const shuffled = written.map((block, i) => concatBytes(rubbish[i % rubbish.length]!, block)).reverse();
    const [last, ...others] = shuffled;
    writeFileSync(join(folder, 'blk00000.dat'), concatBytes(...others.slice(0, 60)));
    writeFileSync(join(folder, 'blk00003.dat'), concatBytes(...others.slice(60), last!, new Uint8Array(70_000)));
    expect(await rowsOf(await filesIn(folder, 'btc-regtest'))).toEqual(live);

    writeFileSync(join(folder, 'blk00003.dat'), concatBytes(...others.slice(60), last!));
    truncateSync(join(folder, 'blk00003.dat'), readFileSync(join(folder, 'blk00003.dat')).length - 1);
    expect((await (await filesIn(folder, 'btc-regtest')).info()).tip.height).toBe(chain.tip.height + 1);
  });

  it('that begin higher up have their height in the coinbase', async () => {
    const folder = join(sandbox.folder, 'pruned');
    mkdirSync(folder);
    writeFileSync(join(folder, 'blk00007.dat'), concatBytes(...raw.slice(110).map(record)));
    const files = await filesIn(folder);
    expect(await files.info()).toMatchObject({ lowestBlock: 110, tip: { height: chain.tip.height + 2 } });
    await expect(rowsOf(files)).rejects.toMatchObject({ code: 'NODE_PRUNED' });
    expect(await rowsOf(files, 110)).toContainEqual(
      expect.stringContaining(`coverage [[110,${chain.tip.height + 2}]]`),
    );
  });

  it('that begin higher up, before coinbases had heights, are refused', async () => {
    const folder = join(sandbox.folder, 'ancient');
    mkdirSync(folder);
    const block = concatBytes(mineHeader(new Uint8Array(32).fill(7), 1), raw[0]!.subarray(HEADER_SIZE));
    writeFileSync(join(folder, 'blk00007.dat'), record(block));
    await expect(filesIn(folder)).rejects.toMatchObject({
      code: 'BAD_SETTING',
      message: expect.stringMatching(/does not contain its height: add the files before/),
    });
  });

  it('that are removed, or become shorter, while they are used are reported', async () => {
    const folder = join(sandbox.folder, 'going');
    cpSync(node.blocksPath, folder, { recursive: true });
    const files = await filesIn(folder);
    const { height } = chain.transactions.manyInputs;
    const spent = (await files.spentOutputs(hashes[height]!))!;
    const { chunks } = await files.block(hashes[height]!);
    for (const kind of ['blk', 'rev']) truncateSync(join(folder, `${kind}00000.dat`), 3_000);
    const shorter = { code: 'NODE_REFUSED', message: expect.stringMatching(/has become shorter/) };
    await expect(buffer(chunks)).rejects.toMatchObject(shorter);
    await expect(all(spent)).rejects.toMatchObject(shorter);
    const again = (await files.block(hashes[height]!)).chunks;
    for (const kind of ['blk', 'rev']) rmSync(join(folder, `${kind}00000.dat`));
    const gone = { code: 'NODE_PRUNED', message: expect.stringMatching(/00000.dat was removed while/) };
    await expect(buffer(again)).rejects.toMatchObject(gone);
    await expect(files.spentOutputs(hashes[height]!)).rejects.toMatchObject(gone);
  });

  it('that change while they are used are noticed by the hash of the block', async () => {
    const folder = join(sandbox.folder, 'changing');
    cpSync(node.blocksPath, folder, { recursive: true });
    const files = await filesIn(folder);
    const file = join(folder, 'blk00000.dat');
    writeFileSync(file, readFileSync(file).reverse());
    const { chunks } = await files.block(hashes[50]!);
    await expect(buffer(chunks)).rejects.toMatchObject({
      code: 'BLOCK_DAMAGED',
      message: expect.stringMatching(/requested block .*, but .*blk00000.dat returned block/),
    });
  });

  it('may hold blocks, and spent outputs of a block, that are larger than a chunk', async () => {
    const folder = join(sandbox.folder, 'large');
    mkdirSync(folder);
    const header = mineHeader(hash256(raw[0]!.subarray(0, HEADER_SIZE)));
    const transactions = new Uint8Array(3_333_333).map((_, i) => i * i);
    const block = concatBytes(header, Uint8Array.of(3), transactions);
    const script = new Uint8Array(2_222_222).map((_, i) => i * i * i);
    const undo = new ByteWriter(100).compactSize(2);
    // One coin in the first transaction: at height 0, one satoshi (compressed: 1), with another kind of script.
    undo
      .compactSize(1)
      .u8(0)
      .u8(1)
      .bytes(varInt(script.length + 6))
      .bytes(script);
    // Two thousand in the second one, to a key hash.
    undo.compactSize(2_000);
    for (let i = 0; i < 2_000; i++) undo.u8(0).u8(1).u8(0).bytes(new Uint8Array(20).fill(i));
    const bytes = undo.finish();
    const checksum = hash256(concatBytes(header.subarray(4, 36), bytes));
    writeFileSync(join(folder, 'blk00000.dat'), concatBytes(record(raw[0]!), record(block)));
    writeFileSync(join(folder, 'rev00000.dat'), concatBytes(record(bytes), checksum));
    const files = await filesIn(folder);
    const hash = hashToHex(hash256(header));
    expect(Buffer.compare(await rawBlock(files, hash), block)).toBe(0);
    const spent = await all((await files.spentOutputs(hash))!);
    expect(spent.map(({ length }) => length)).toEqual([0, 1, 2_000]);
    expect(spent[1]![0]!.value).toBe(1);
    expect(Buffer.compare(spent[1]![0]!.script, script)).toBe(0);
    expect(toHex(spent[2]![1_999]!.script)).toBe(`76a914${'cf'.repeat(20)}88ac`);

    const open = openFiles();
    for await (const chunk of (await files.block(hash)).chunks) {
      expect(chunk.length).toBeLessThanOrEqual(1024 * 1024);
      break;
    }
    for await (const _ of (await files.spentOutputs(hash))!) break;
    expect(openFiles()).toBe(open);

    writeFileSync(
      join(folder, 'rev00000.dat'),
      concatBytes(
        record(bytes),
        checksum.map((byte) => byte ^ 1),
      ),
    );
    expect(await (await filesIn(folder)).spentOutputs(hash)).toBeNull();
  });

  it('are refused if there are none, and if they are of another network', async () => {
    await expect(filesIn(sandbox.folder)).rejects.toThrow(/no block files in .*give bitcoind's folder "blocks"/);
    await expect(filesIn(node.blocksPath, 'btc-mainnet')).rejects.toThrow(/have no blocks of btc-mainnet/);
  });
});

/** Core's VARINT. */
function varInt(value: number): Uint8Array {
  const bytes = [value & 0x7f];
  for (let rest = Math.floor(value / 128) - 1; rest >= 0; rest = Math.floor(rest / 128) - 1) {
    bytes.unshift(0x80 | (rest & 0x7f));
  }
  return Uint8Array.from(bytes);
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
