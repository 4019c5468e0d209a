import { expect, it } from 'vitest';
import { startRegtest } from '../../../dev/regtest.ts';
import { until } from '../../../dev/until.ts';
import { familyCoverage, heldFamilies, pendingFamilies } from '../../../src/store/families.ts';
import type { PostingFamily } from '../../../src/store/postings.ts';
import type { ChainStore } from '../../../src/store/store.ts';
import { describeWith } from '../../services/suite.ts';
import { boundStore } from '../../support/altered-store.ts';
import { mineCoins } from '../../support/coins.ts';
import { expectAsFresh, followNode, untilCaughtUp } from '../../support/live-index.ts';
import { stateOf } from '../../support/live-rows.ts';
import { makeOlder } from '../../support/older-store.ts';
import { temporaryStore } from '../../support/temporary-store.ts';
import { Traffic } from '../../support/traffic.ts';

const FAMILIES: readonly PostingFamily[] = ['tokens', 'scripts'];

/** A store in which something happens with each stretch that is filled in, before it is written. */
function eventfulStore(store: ChainStore, onStretch: () => Promise<void>): ChainStore {
  return {
    ...boundStore(store),
    scan: async (table, ranges, options) => {
      if (table === 'transactions') await onStretch();
      return store.scan(table, ranges, options);
    },
  };
}

describeWith('bitcoind')(
  'an index to which families of postings are added while it follows its node',
  ({ bitcoind }) => {
    it('misses nothing of blocks, reorganisations and the mempool, and is in the end as one that had them always', async () => {
      await using node = await startRegtest({ bitcoind });
      const traffic = await Traffic.begin(node, await mineCoins(node, 2));
      await using opened = new AsyncDisposableStack();
      const store = await temporaryStore();
      opened.defer(() => store.close());
      for (let seed = 0; seed < 8; seed++) await traffic.pay(seed);
      await followNode(node, { store, once: true });
      await makeOlder(store);
      // It is followed by a writer that knows of no families.
      await followNode(node, { store, once: true });
      expect([...heldFamilies((await stateOf(store))!)]).toEqual([]);

      let stretches = 0;
      const moves = [() => traffic.mine(1), () => traffic.reorganise(3, 4), () => traffic.pay(100)];
      const eventful = eventfulStore(store, async () => {
        await moves[stretches++]?.();
      });
      const stop = new AbortController();
      const running = followNode(node, { store: eventful, families: FAMILIES, signal: stop.signal });
      try {
        await until(
          'all families to be complete',
          async () => {
            const state = (await stateOf(store))!;
            return (
              stretches >= moves.length &&
              FAMILIES.every((family) => {
                const [only] = familyCoverage(state, family);
                return only?.[0] === 0 && only[1] === state.tip?.height;
              })
            );
          },
          { timeoutMs: 60_000 },
        );
        await untilCaughtUp(store, node);
      } finally {
        stop.abort();
        await running;
      }
      expect([...pendingFamilies((await stateOf(store))!)]).toEqual(FAMILIES);
      await expectAsFresh(store, node);
    });
  },
);
