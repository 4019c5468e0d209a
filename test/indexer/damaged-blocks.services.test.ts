import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { BlockFilesNode, NodeWithFiles } from '../../indexer/node/block-files/block-files-node.ts';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import type { ChainNode, RawBlock } from '../../indexer/node/node.ts';
import { toHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { bitql } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { FakeNode } from '../support/fake-node.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { dataScript, encodeBlock, encodeCoinbase, encodeTransaction } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { buildVariedChain, type VariedChain } from '../support/varied-chain.ts';
import { allRows, visibleRows } from '../support/visible-rows.ts';

/**
 * Indexes a node to its tip.
 * @returns the warnings
 */
async function index(node: ChainNode, store: ChainStore): Promise<string[]> {
  const warnings: string[] = [];
  await indexQuietly({
    store,
    node,
    log: { info() {}, warn: (message) => warnings.push(message) },
    once: true,
  });
  return warnings;
}

async function rowsOf(node: ChainNode): Promise<{ rows: string[]; warnings: string[] }> {
  const store = await temporaryStore();
  const warnings = await index(node, store);
  const rows = await visibleRows(store);
  await store.close();
  return { rows, warnings };
}

describeWith('bitcoind')('a damaged block', ({ bitcoind }) => {
  const sandbox = new Sandbox('damaged-blocks');
  let node: RegtestNode;
  let chain: VariedChain;
  let live: LiveNode;
  let whole: string[];
  let height: number;
  let hash: string;
  /** The block with this hash, also with a flipped bit in its last transaction. */
  let raw: Uint8Array;
  let damaged: Uint8Array;
  /** bitcoind's files on its disk. */
  let files: string;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    chain = await buildVariedChain(node);
    live = new LiveNode(parseNodeAddress(node.urlWithPassword));
    whole = (await rowsOf(live)).rows;
    ({ height } = chain.transactions.manyInputs);
    hash = chain.blocks[height]!.hash;
    raw = new Uint8Array(await buffer((await live.block(hash)).chunks));
    damaged = raw.slice();
    // In the value of an output, so it can still be parsed.
    damaged[damaged.length - 60]! ^= 1;
    // It writes everything to its disk when it ends.
    await node.stop();
    files = join(sandbox.folder, 'whole');
    cpSync(node.blocksPath, files, { recursive: true });
    await node.start();
  });

  afterAll(async () => {
    await node.close();
    await sandbox.close();
  });

  /** A copy of the files with changed bytes. */
  function filesWith(name: string, change: (file: Uint8Array, key: Uint8Array) => void): string {
    const folder = join(sandbox.folder, name);
    cpSync(files, folder, { recursive: true });
    const path = join(folder, 'blk00000.dat');
    const bytes = new Uint8Array(readFileSync(path));
    change(bytes, readFileSync(join(folder, 'xor.dat')));
    writeFileSync(path, bytes);
    return folder;
  }

  /** The offset of some bytes in a XORed file. */
  function placeOf(bytes: Uint8Array, file: Uint8Array, key: Uint8Array): number {
    const plain = Buffer.from(file.map((byte, i) => byte ^ key[i % key.length]!));
    return plain.indexOf(bytes);
  }

  const open = (folder: string, other: ChainNode | null = null) =>
    BlockFilesNode.open(folder, null, new AbortController().signal, other);

  it('by REST is requested once more, and then refused', async () => {
    const path = `/rest/block/${hash}.bin`;
    let times = 1;
    await using fake = await FakeNode.before(node, (question) =>
      question.path === path && times-- > 0 ? { status: 200, body: damaged } : null,
    );
    const { rows, warnings } = await rowsOf(new LiveNode(parseNodeAddress(fake.url)));
    expect(rows).toEqual(whole);
    expect(warnings.join()).toMatch(
      new RegExp(`Block ${height} \\(${hash}\\) from .* is damaged.*Asking for it again`),
    );

    times = 1_000;
    const store = await temporaryStore();
    await expect(index(new LiveNode(parseNodeAddress(fake.url)), store)).rejects.toMatchObject({
      code: 'BLOCK_DAMAGED',
      message: expect.stringMatching(new RegExp(`Block ${height} .*merkle root|Block ${height} .*BIP 141`)),
    });
    await store.close();
  });

  it('by RPC is refused as well', async () => {
    await using fake = await FakeNode.before(node, ({ path, method, params }) => {
      if (path.startsWith('/rest/')) return { status: 404, body: 'Not found' };
      return method === 'getblock' && params?.[0] === hash && params[1] === 0 ? { result: toHex(damaged) } : null;
    });
    const store = await temporaryStore();
    await expect(index(new LiveNode(parseNodeAddress(fake.url)), store)).rejects.toMatchObject({
      code: 'BLOCK_DAMAGED',
    });
    await store.close();
  });

  it('in block files is refused with file, height and cure, or comes from the node', async () => {
    const folder = filesWith('flipped', (file, key) => {
      file[placeOf(raw, file, key) + raw.length - 60]! ^= 1;
    });
    const store = await temporaryStore();
    await expect(index(await open(folder), store)).rejects.toMatchObject({
      code: 'BLOCK_DAMAGED',
      message: expect.stringMatching(new RegExp(`^Block ${height} .*blk00000\\.dat.*bitql index --node`)),
    });
    await store.close();
    const { rows, warnings } = await rowsOf(await open(folder, live));
    expect(rows).toEqual(whole);
    expect(warnings.join()).toMatch(/blk00000\.dat/);
  });

  it('at the beginning of block files is not taken for a pruned one', async () => {
    const genesis = new Uint8Array(await buffer((await live.block(chain.blocks[0]!.hash)).chunks));
    const flips: [name: string, at: (place: number) => number][] = [
      ['header', (place) => place + 40],
      ['magic', (place) => place - 8],
      ['length', (place) => place - 3],
      ['transaction', (place) => place + 100],
    ];
    for (const [name, at] of flips) {
      const folder = filesWith(`genesis-${name}`, (file, key) => {
        file[at(placeOf(genesis, file, key))]! ^= 0x40;
      });
      const done = await bitql(['import', folder, '--network', 'btc-regtest', '--store', `sqlite:${folder}/a.db`]);
      expect([name, done.code, done.stderr]).toEqual([name, 1, expect.stringContaining('BLOCK_DAMAGED')]);
      expect(done.stderr).toMatch(/blk00000\.dat[\s\S]*bitql index --node/);
    }
  });

  it('is reported if no header can be read at all', async () => {
    const magic = Buffer.from(networkById('btc-regtest').magic);
    const folder = filesWith('headers', (file, key) => {
      const plain = Buffer.from(file.map((byte, i) => byte ^ key[i % key.length]!));
      for (let at = plain.indexOf(magic); at >= 0; at = plain.indexOf(magic, at + 4)) file.fill(0xff, at + 8, at + 88);
    });
    await expect(open(folder)).rejects.toMatchObject({
      code: 'BLOCK_DAMAGED',
      message: expect.stringMatching(/byte 8/),
    });
  });

  it('whose header in block files cannot be read comes from the node', async () => {
    const folder = filesWith('middle', (file, key) => {
      file[placeOf(raw, file, key) + 40]! ^= 1;
    });
    const done = await bitql(['import', folder, '--store', join(folder, 'a.db')]);
    expect([done.code, done.stderr]).toEqual([1, expect.stringContaining('BLOCK_DAMAGED')]);
    const beside = await open(folder, live);
    expect(beside.damage).toMatch(/blk00000\.dat at byte/);
    expect((await rowsOf(new NodeWithFiles(live, beside))).rows).toEqual(whole);
  });
});

/** A block that is read in parts: its transactions together exceed the size that is kept whole. */
function largeBlock(): Uint8Array {
  const data = { value: 0, script: dataScript([new Uint8Array(1_000_000).fill(7)]) };
  const coinbase = encodeCoinbase(0, Array(20).fill({ value: 5, script: Uint8Array.of(0x51) }));
  const txid = hash256(coinbase);
  const others = Array.from({ length: 20 }, (_, index) => encodeTransaction([{ txid, index }], [data]));
  return encodeBlock(new Uint8Array(32), 1, [coinbase, ...others]);
}

it('a large block of which a part is damaged leaves no rows, whenever it is read', async () => {
  const block = largeBlock();
  const network = networkById('bsv-regtest');
  const list = new BlockListNode(network, 0, [block]);
  const flipped = block.slice();
  flipped[flipped.length - 30]! ^= 1;
  const early = block.slice();
  early[2_500_000]! ^= 1;
  const noTransactions = async (bytesOf: (time: number) => Uint8Array) => {
    let times = 0;
    const node: ChainNode = Object.assign(Object.create(list), {
      async block(): Promise<RawBlock> {
        const bytes = bytesOf(times++);
        const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
          bytes.slice(i * 65_536, (i + 1) * 65_536),
        );
        return {
          size: bytes.length,
          chunks: (async function* () {
            yield* chunks;
          })(),
          source: { name: 'a list', cure: 'None.', again: null },
        };
      },
    });
    for (const method of ['info', 'blockHash', 'header', 'headers', 'transactionCount', 'spentOutputs'] as const) {
      Object.assign(node, { [method]: list[method].bind(list) });
    }
    const store = await temporaryStore();
    await expect(index(node, store)).rejects.toMatchObject({ code: 'BLOCK_DAMAGED' });
    const rows = await allRows(store, 'transactions', 8);
    const whole = await index(list, store).then(() => allRows(store, 'transactions', 8));
    const fresh = await temporaryStore();
    await index(list, fresh);
    expect(whole).toEqual(await allRows(fresh, 'transactions', 8));
    await Promise.all([store.close(), fresh.close()]);
    return rows.length;
  };
  expect(await noTransactions(() => flipped)).toBe(0);
  expect(await noTransactions(() => early)).toBe(0);
  // It passed the first check, and is different when it is indexed: the earlier parts are right.
  expect(await noTransactions((time) => (time < 2 ? block : early))).toBeLessThan(4);
});
