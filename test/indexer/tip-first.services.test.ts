import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import type { ChainNode } from '../../indexer/node/node.ts';
import type { IndexerOptions } from '../../indexer/run.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { dyingStore } from '../support/altered-store.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { buildVariedChain } from '../support/varied-chain.ts';
import { visibleRows } from '../support/visible-rows.ts';
import { FullChainNode, rawBlocksOf } from './full-chain.ts';

async function index(store: ChainStore, node: ChainNode, options: Partial<IndexerOptions> = {}): Promise<void> {
  await indexQuietly({
    store,
    node,
    from: 'tip',
    cacheBytes: 50_000,
    once: true,
    ...options,
  });
}

describeWith('bitcoind')('an index that begins at the tip', ({ bitcoind }) => {
  let regtest: RegtestNode;
  let blocks: Uint8Array[];
  /** The same chain, with its last three blocks replaced by five others. */
  let reorganised: Uint8Array[];
  const fresh = new Map<readonly Uint8Array[], string[]>();

  beforeAll(async () => {
    regtest = await startRegtest({ bitcoind });
    const { tip } = await buildVariedChain(regtest);
    blocks = await rawBlocksOf(regtest);
    await regtest.rpc('invalidateblock', await regtest.rpc('getblockhash', tip.height - 2));
    await regtest.mine(5);
    reorganised = await rawBlocksOf(regtest);
    for (const chain of [blocks, reorganised]) {
      const store = await temporaryStore();
      await index(store, new FullChainNode(chain), { from: 0 });
      fresh.set(chain, await visibleRows(store));
      await store.close();
    }
  });
  afterAll(() => regtest.close());

  it('ends up the same as one from the first block on', async () => {
    const store = await temporaryStore();
    await index(store, new FullChainNode(blocks));
    expect(await visibleRows(store)).toEqual(fresh.get(blocks));
    await store.close();
  });

  it('has the tip first, and then more and more below it', async () => {
    const store = await temporaryStore();
    const seen: string[] = [];
    const stop = new AbortController();
    await index(store, new FullChainNode(blocks), {
      signal: stop.signal,
      onProgress: ({ height, lowest }) => seen.push(`${lowest} to ${height}`),
    });
    const tip = blocks.length - 1;
    expect(seen[0]).toBe(`${tip} to ${tip}`);
    const lowest = seen.map((range) => Number.parseInt(range, 10));
    expect(lowest).toEqual(lowest.toSorted((a, b) => b - a));
    expect(new Set(lowest).size).toBeGreaterThan(3);
    await store.close();
  });

  it('follows the chain while history is missing, also if the indexed blocks are taken back', async () => {
    for (const kills of [5, 6, 7, 8, 9, 10, 12]) {
      const store = await temporaryStore();
      await expect(index(dyingStore(store, kills), new FullChainNode(blocks))).rejects.toThrow('killed');
      await index(store, new FullChainNode(reorganised));
      expect(await visibleRows(store)).toEqual(fresh.get(reorganised));
      await store.close();
    }
  });

  it('continues after any kill', async () => {
    const store = await temporaryStore();
    for (let kills = 2; kills < 14; kills++) {
      await index(dyingStore(store, kills), new FullChainNode(blocks)).catch((error: Error) =>
        expect(error.message).toBe('killed'),
      );
    }
    await index(store, new FullChainNode(blocks));
    expect(await visibleRows(store)).toEqual(fresh.get(blocks));
    await store.close();
  });

  it('says so if the node cannot return the outputs that its blocks spend', async () => {
    const store = await temporaryStore();
    const node = new BlockListNode(networkById('btc-regtest'), 0, blocks);
    await expect(index(store, node)).rejects.toMatchObject({ code: 'NODE_REFUSED' });
    await store.close();
  });
});
