import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlockFilesNode } from '../../indexer/node/block-files/block-files-node.ts';
import { parseNodeAddress } from '../../indexer/node/credentials.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import type { BitcoinNode } from '../../indexer/node/node.ts';
import { runIndexer } from '../../indexer/run.ts';
import { ByteWriter, concatBytes } from '../../src/chain/bytes.ts';
import { type NetworkId, networkById } from '../../src/chain/networks.ts';
import { describeWith } from '../services/suite.ts';
import { type RegtestNode, startRegtest } from '../support/regtest.ts';
import { Sandbox } from '../support/sandbox.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { buildVariedChain, type VariedChain } from '../support/varied-chain.ts';
import { visibleRows } from '../support/visible-rows.ts';

const OTHER_ADDRESS = 'bcrt1q6z64a43mjgkcq0ul2znwneq3spghrlau9slefp';

function filesIn(path: string, network: NetworkId | null = null): Promise<BlockFilesNode> {
  return BlockFilesNode.open(path, network, new AbortController().signal);
}

/** What readers see of an index of that node. */
async function rowsOf(node: BitcoinNode, from = 0): Promise<string[]> {
  const store = await temporaryStore();
  await runIndexer({
    store,
    node,
    network: null,
    from,
    pollMs: 10,
    leaseMs: 60_000,
    cacheBytes: 1e6,
    log: { info() {}, warn() {} },
    signal: new AbortController().signal,
    once: true,
  });
  const rows = await visibleRows(store);
  await store.close();
  return rows;
}

describeWith('bitcoind')('block files', ({ bitcoind }) => {
  const sandbox = new Sandbox('block-files');
  let node: RegtestNode;
  let chain: VariedChain;
  /** What the files hold, once the node has stopped. */
  let live: string[];
  let higher: string[];

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    chain = await buildVariedChain(node);
    // Two stale blocks among the others.
    await node.rpc('invalidateblock', chain.blocks.at(-2)!.hash);
    await node.mine(4, OTHER_ADDRESS);
    const running = new LiveNode(parseNodeAddress(node.urlWithPassword));
    live = await rowsOf(running);
    higher = await rowsOf(running, chain.transactions.payEveryLock.height);
    await node.stop();
  }, 120_000);

  afterAll(async () => {
    await node.close();
    await sandbox.close();
  });

  it('of a real node give the index that the node itself gives', async () => {
    const files = await filesIn(node.blocksPath);
    expect((await files.info()).tip.height).toBe(chain.tip.height + 2);
    expect(await rowsOf(files)).toEqual(live);
  });

  it('are found in the folder above, too', async () => {
    const files = await filesIn(join(node.blocksPath, '..'));
    expect((await files.info()).tip.height).toBe(chain.tip.height + 2);
  });

  it('tell what blocks spend that was created before the index begins', async () => {
    const files = await filesIn(node.blocksPath);
    expect(await rowsOf(files, chain.transactions.payEveryLock.height)).toEqual(higher);
  });

  it('without their rev files leave it unknown', async () => {
    const folder = join(sandbox.folder, 'without-rev');
    cpSync(node.blocksPath, folder, { recursive: true, filter: (name) => !/rev\d+\.dat$/.test(name) });
    const files = await filesIn(folder);
    expect(await files.spentOutputs(chain.blocks[chain.transactions.manyInputs.height]!.hash)).toBeNull();
  });

  it('may hold blocks in any order, rubbish between them, and a last one that is cut off', async () => {
    const raw = await rawBlocks();
    const folder = join(sandbox.folder, 'shuffled');
    mkdirSync(folder);
    const { magic } = networkById('btc-regtest');
    const record = (block: Uint8Array) => concatBytes(magic, new ByteWriter(4).u32(block.length).finish(), block);
    const rubbish = [new Uint8Array(3_000), Uint8Array.of(1, 2, 3), magic, concatBytes(magic, new Uint8Array(4))];
    const shuffled = raw.map((block, i) => concatBytes(rubbish[i % rubbish.length]!, record(block))).reverse();
    const [last, ...others] = shuffled;
    writeFileSync(join(folder, 'blk00000.dat'), concatBytes(...others.slice(0, 60)));
    writeFileSync(join(folder, 'blk00003.dat'), concatBytes(...others.slice(60), last!, new Uint8Array(70_000)));
    expect(await rowsOf(await filesIn(folder, 'btc-regtest'))).toEqual(live);

    writeFileSync(join(folder, 'blk00003.dat'), concatBytes(...others.slice(60), last!));
    truncateSync(join(folder, 'blk00003.dat'), readFileSync(join(folder, 'blk00003.dat')).length - 1);
    expect((await (await filesIn(folder, 'btc-regtest')).info()).tip.height).toBe(chain.tip.height + 1);
  });

  it('that begin higher up say so by the height in the coinbase', async () => {
    const raw = await rawBlocks();
    const folder = join(sandbox.folder, 'pruned');
    mkdirSync(folder);
    const { magic } = networkById('btc-regtest');
    const records = raw
      .slice(110)
      .map((block) => concatBytes(magic, new ByteWriter(4).u32(block.length).finish(), block));
    writeFileSync(join(folder, 'blk00007.dat'), concatBytes(...records));
    const files = await filesIn(folder);
    expect(await files.info()).toMatchObject({ lowestBlock: 110, tip: { height: chain.tip.height + 2 } });
    await expect(rowsOf(files)).rejects.toMatchObject({ code: 'NODE_PRUNED' });
    expect(await rowsOf(files, 110)).toContainEqual(
      expect.stringContaining(`coverage [[110,${chain.tip.height + 2}]]`),
    );
  });

  it('are refused where there are none, and of another network', async () => {
    await expect(filesIn(sandbox.folder)).rejects.toThrow(/no block files in .*give bitcoind's folder "blocks"/);
    await expect(filesIn(node.blocksPath, 'btc-mainnet')).rejects.toThrow(/hold no blocks of btc-mainnet/);
  });

  /** All blocks of the main chain, as the live index saw them. */
  async function rawBlocks(): Promise<Uint8Array[]> {
    const files = await filesIn(node.blocksPath);
    const { tip } = await files.info();
    const hashes = await Promise.all(Array.from({ length: tip.height + 1 }, (_, height) => files.blockHash(height)));
    return Promise.all(hashes.map((hash) => files.block(hash!)));
  }
});
