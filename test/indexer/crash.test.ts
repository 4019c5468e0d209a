import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import type { ChainNode } from '../../indexer/node/node.ts';
import { networkById } from '../../src/chain/networks.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { dyingStore } from '../support/altered-store.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { MadeChain } from '../support/made-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { visibleRows } from '../support/visible-rows.ts';

const NETWORK = networkById('btc-regtest');
const START = 10;

async function index(
  store: ChainStore,
  { blocks }: MadeChain,
  from = START,
  node: ChainNode = new BlockListNode(NETWORK, START, blocks),
): Promise<void> {
  await indexQuietly({
    store,
    node,
    from,
    cacheBytes: 20_000,
    once: true,
  });
}

class CountingNode extends BlockListNode {
  questions = 0;

  override blockHash(height: number): Promise<string | null> {
    this.questions += 1;
    return super.blockHash(height);
  }
}

async function freshIndex(chain: MadeChain): Promise<string[]> {
  const store = await temporaryStore();
  await index(store, chain);
  const rows = await visibleRows(store);
  await store.close();
  return rows;
}

describe('an index', () => {
  it('equals that of an undisturbed run after any number of kills and reorganisations', async () => {
    // The first block may be all that the node has yet of another branch; a node that is merely behind takes nothing
    // back.
    const first = new MadeChain(1).mine(20);
    const branches = [
      first,
      first.branch(18, 2).mine(3),
      first.branch(5, 3).mine(20),
      first.branch(20, 4).mine(7),
      first.branch(19, 5).mine(1),
    ];
    const fresh = await Promise.all(branches.map(freshIndex));
    const run = fc.record({
      branch: fc.integer({ min: 1, max: branches.length - 1 }),
      changes: fc.nat(8),
      isMerged: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: branches.length - 1 }),
        async (runs, last) => {
          const store = await temporaryStore();
          for (const { branch, changes, isMerged } of runs) {
            if (isMerged) await store.settle();
            await index(dyingStore(store, changes), branches[branch]!).catch((error: Error) =>
              expect(error.message).toBe('killed'),
            );
          }
          await index(store, branches[last]!);
          expect(await visibleRows(store)).toEqual(fresh[last]);
          await store.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('continues from where a killed run began, even if that committed nothing', async () => {
    const chain = new MadeChain(1).mine(20);
    const fresh = await temporaryStore();
    await index(fresh, chain, 15);
    const store = await temporaryStore();
    // Taking the lease, the node's state, the claims of forks and the rows: everything except the commit.
    await expect(index(dyingStore(store, 4), chain, 15)).rejects.toThrow('killed');
    await index(store, chain, START);
    expect(await visibleRows(store)).toEqual(await visibleRows(fresh));
    await Promise.all([store.close(), fresh.close()]);
  });

  it('is taken back to before its first block if the node took that back too', async () => {
    const first = new MadeChain(1).mine(20);
    const other = first.branch(15, 2).mine(8);
    const store = await temporaryStore();
    await index(store, first, START + 15);
    await index(store, other, START + 15);
    const state = decodeState((await store.readState())!.value);
    expect(state).toMatchObject({ tip: { height: START + 22 }, coverage: [[START + 15, START + 22]] });
    const stranger = new MadeChain(9).mine(30);
    await expect(index(store, stranger, START + 15)).rejects.toMatchObject({ code: 'NODE_WRONG_NETWORK' });
    await store.close();
  });

  it('needs few calls to a node that is far behind, and waits for it', async () => {
    const chain = new MadeChain(1).mine(300);
    const store = await temporaryStore();
    await index(store, chain);
    for (const length of [1, 100]) {
      const node = new CountingNode(NETWORK, START, chain.blocks.slice(0, length));
      await index(store, chain, START, node);
      expect(node.questions).toBeLessThan(15);
    }
    const before = new CountingNode(NETWORK, START - 2, chain.blocks.slice(0, 1));
    await index(store, chain, START, before);
    expect(decodeState((await store.readState())!.value).tip?.height).toBe(START + 299);
    await store.close();
  });
});
