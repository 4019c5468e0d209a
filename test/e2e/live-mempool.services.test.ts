import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DevChain } from '../../dev/dev-chain.ts';
import { changeOf, payment } from '../../dev/payment.ts';
import { startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { Replay } from '../support/event-replay.ts';
import { fateOf } from '../support/fates.ts';
import { type Home, mongoHome, sqliteHome, startIndexer } from '../support/indexer-process.ts';
import { expectAsFresh, untilCaughtUp } from '../support/live-index.ts';

const HOUR = 60 * 60;

function describeLeaving(bitcoind: string, newHome: () => Home): void {
  describe('a transaction', () => {
    let sandbox: Sandbox;
    let home: Home;
    let store: ChainStore;

    beforeAll(async () => {
      sandbox = new Sandbox('live-mempool');
      home = newHome();
      store = await home.open();
    });
    afterAll(async () => {
      await store.close();
      await sandbox.close();
      await home[Symbol.asyncDispose]();
    });

    it('expires when it has waited for too long, and is evicted when the mempool is full', async () => {
      const now = Math.floor(Date.now() / 1_000);
      const args = ['-mempoolexpiry=1', '-maxmempool=5'];
      await using node = await startRegtest({ bitcoind, time: now - 3 * HOUR, args });
      const coins = await mineCoins(node, 60);
      const send = (hex: string) => node.rpc<string>('sendrawtransaction', hex, 0);
      const indexer = startIndexer(sandbox, 'indexer', { node, home, args: ['--mempool-expiry', '1'] });
      await untilCaughtUp(store, node);
      const replay = (await Replay.begin(store))!;

      const old = payment([coins.pop()!]);
      const child = payment([changeOf(old)]);
      for (const { hex } of [old, child]) await send(hex);
      await untilCaughtUp(store, node);
      // Expired transactions go when another one comes.
      await node.setTime(now);
      const cheap = await send(payment([coins.pop()!], { fee: 500 }).hex);
      await untilCaughtUp(store, node);
      for (const { txid } of [old, child]) expect(await fateOf(store, txid)).toEqual({ reason: 'expired', by: null });

      const { alsoGone } = await new DevChain(node.urlWithPassword).evict(cheap);
      expect(alsoGone).toEqual([]);
      await untilCaughtUp(store, node);
      expect(await fateOf(store, cheap)).toEqual({ reason: 'evicted', by: null });
      await expectAsFresh(store, node);
      await replay.expectPresent();
      expect(indexer.result).toBeUndefined();
    });
  });
}

describeWith('bitcoind')('from an index in SQLite', ({ bitcoind }) => {
  describeLeaving(bitcoind, sqliteHome);
});

describeWith('bitcoind', 'mongodb')('from an index in MongoDB', ({ bitcoind, mongodbUri }) => {
  describeLeaving(bitcoind, () => mongoHome(mongodbUri));
});
