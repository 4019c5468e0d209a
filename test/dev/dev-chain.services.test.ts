import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DevChain } from '../../dev/dev-chain.ts';
import { keyPairOf, MINER, witnessKeyHash } from '../../dev/lock.ts';
import { payment } from '../../dev/payment.ts';
import { type NodeBlock, type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { keyHash } from '../support/locks.ts';

interface Decoded {
  readonly vin: readonly { readonly txid: string; readonly vout: number }[];
  readonly vout: readonly {
    readonly value: number;
    readonly scriptPubKey: { readonly hex: string; address?: string };
  }[];
}

describeWith('bitcoind')('the actions on a chain', ({ bitcoind }) => {
  let node: RegtestNode;
  let chain: DevChain;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind, args: ['-maxmempool=5'] });
    chain = new DevChain(node.urlWithPassword);
    await chain.begin();
  });
  afterAll(() => node.close());

  const pending = () => node.rpc<string[]>('getrawmempool');
  const decode = async (txid: string): Promise<Decoded> =>
    node.rpc('decoderawtransaction', await node.rpc('getrawtransaction', txid));
  const txidsOf = async (hash: string) => (await node.rpc<NodeBlock>('getblock', hash)).tx;
  const best = () => node.rpc<string>('getbestblockhash');

  it('blocks are mined with the pending transactions', async () => {
    const { txid } = await chain.send();
    const { blocks, height } = await chain.mine(3);
    expect(await txidsOf(blocks[0]!)).toContain(txid);
    expect([await best(), await node.rpc('getblockcount')]).toEqual([blocks[2], height]);
  });

  it('payments made at the same time, also by different processes, spend coins of their own', async () => {
    const other = new DevChain(node.urlWithPassword);
    const sent = await Promise.all(Array.from({ length: 10 }, (_, n) => (n < 8 ? chain : other).send()));
    const coins = await Promise.all(sent.map(async ({ txid }) => (await decode(txid)).vin[0]));
    expect(new Set(coins.map((coin) => `${coin!.txid} ${coin!.vout}`)).size).toBe(10);
    expect(await pending()).toEqual(expect.arrayContaining(sent.map(({ txid }) => txid)));
    await chain.mine();
  });

  it('a payment pays an address the amount given, from several coins if one is too small', async () => {
    const to = keyHash(keyPairOf('somebody')).address!;
    const { txid, value } = await chain.send({ to, value: 120e8 });
    const { vin, vout } = await decode(txid);
    expect(vin.length).toBeGreaterThan(2);
    expect([vout[0]!.value, vout[0]!.scriptPubKey.address, value]).toEqual([120, to, 120e8]);
  });

  it.each([
    [{ value: 21e14 }, 'BAD_SETTING'],
    [{ value: 0 }, 'BAD_SETTING'],
    [{ to: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4' }, 'BAD_ADDRESS'],
  ])('a payment of %j is refused at once', async (wish, code) => {
    const before = await best();
    await expect(chain.send(wish)).rejects.toMatchObject({ code });
    expect(await best()).toBe(before);
  });

  it('data is written in the pushes that were given', async () => {
    const { txid, block, bytes } = await chain.data('vote', Uint8Array.of(1, 2), 'Grüße');
    expect([block, bytes]).toEqual([null, 13]);
    const { vout } = await decode(txid);
    expect(vout[0]!.scriptPubKey.hex).toBe(`6a04766f7465020102${'07'}${Buffer.from('Grüße').toString('hex')}`);
    expect(await pending()).toContain(txid);
  });

  it.each([100, 80_000, 990_000])(
    '%i bytes of data are mined, because the node does not relay them',
    async (length) => {
      const waiting = await pending();
      const { txid, block, refusal } = await chain.data(new Uint8Array(length).fill(7));
      expect(refusal).not.toBeNull();
      expect((await txidsOf(block!)).slice(1)).toEqual([txid]);
      expect((await pending()).sort()).toEqual(waiting.sort());
    },
  );

  it('data that no block has room for are refused', async () => {
    await expect(chain.data(new Uint8Array(990_001))).rejects.toMatchObject({ code: 'BAD_SETTING' });
    const many = Array.from({ length: 1_000 }, () => new Uint8Array(990));
    expect((await chain.data(...many)).block).not.toBeNull();
    await expect(chain.data(...many, 'x')).rejects.toMatchObject({ code: 'BAD_SETTING' });
  });

  describe('a reorganisation', () => {
    it('replaces blocks by a longer branch, and their transactions are pending again', async () => {
      const { txid } = await chain.send();
      const stale = (await chain.mine(2)).blocks;
      const height = await node.rpc<number>('getblockcount');
      const reorganised = await chain.reorg(2);
      expect(reorganised.stale).toEqual(stale);
      expect(reorganised.fork.height).toBe(height - 2);
      expect(reorganised.pendingAgain).toContain(txid);
      expect(await pending()).toContain(txid);
      expect([await node.rpc('getblockcount'), await best()]).toEqual([height + 1, reorganised.blocks[2]]);
      const tips = await node.rpc<{ hash: string; status: string }[]>('getchaintips');
      expect(tips).toContainEqual(expect.objectContaining({ hash: stale[1], status: 'valid-fork', branchlen: 2 }));
      await chain.mine();
    });

    it('may be deep, and may be followed by another one at once', async () => {
      await chain.mine(30);
      for (const depth of [30, 1, 31]) {
        const { blocks } = await chain.reorg(depth);
        expect([blocks.length, await best()]).toEqual([depth + 1, blocks.at(-1)]);
      }
    });

    it('may hold transactions, with and without witnesses, that spend the same outputs as the old blocks', async () => {
      const legacy = keyHash(keyPairOf('legacy'));
      const { txid } = await chain.send({ to: legacy.address!, value: 5e8 });
      await chain.mine();
      const coin = { txid, index: 0, value: 5e8, lock: legacy };
      const [loser, winner] = [1_000, 2_000].map((fee) => payment([coin], { fee }));
      await node.rpc('sendrawtransaction', loser!.hex, 0);
      await chain.mine(2);
      const spendingIt = payment([{ txid: winner!.txid, index: 0, value: 5e8 - 2_000, lock: MINER }]);
      const { blocks, pendingAgain } = await chain.reorg(2, [winner!.hex, spendingIt.hex]);
      expect((await txidsOf(blocks[0]!)).slice(1)).toEqual([winner!.txid, spendingIt.txid]);
      expect(pendingAgain).not.toContain(loser!.txid);
    });

    it('with a transaction that is not valid does not happen', async () => {
      const coin = { txid: '01'.repeat(32), index: 0, value: 5e8, lock: MINER };
      const before = await best();
      await expect(chain.reorg(1, [payment([coin]).hex])).rejects.toMatchObject({ code: 'NODE_REFUSED' });
      expect(await best()).toBe(before);
      await chain.mine();
    });

    it.each([0, 1.5, 100_000])('of %d blocks is refused', async (depth) => {
      await expect(chain.reorg(depth)).rejects.toMatchObject({ code: 'BAD_SETTING' });
    });
  });

  it('a double spend removes transactions that depend on the loser, and mines those that it depends on itself', async () => {
    const [coin] = await mineCoins(node, 1);
    const parent = payment([coin!]);
    const loser = payment([{ ...coin!, txid: parent.txid, value: parent.outputs[0]!.value }], { fee: 2_000 });
    const heir = payment([{ ...coin!, txid: loser.txid, value: loser.outputs[0]!.value }]);
    for (const { hex } of [parent, loser, heir]) await node.rpc('sendrawtransaction', hex, 0);
    const { by, block, alsoGone } = await chain.doubleSpend(loser.txid);
    expect(alsoGone).toEqual([heir.txid]);
    expect((await txidsOf(block)).slice(1)).toEqual([parent.txid, by]);
    expect(await pending()).not.toContain(loser.txid);
  });

  it('a replacement pays others the same amounts, and pays for transactions that depend on it', async () => {
    const to = witnessKeyHash(keyPairOf('somebody')).address!;
    const { txid } = await chain.send({ to, value: 12_345 });
    const { vin, vout } = await decode(txid);
    const change = { txid, index: 1, value: Math.round(vout[1]!.value * 1e8), lock: MINER };
    const dear = payment([change], { fee: 80_000 });
    await node.rpc('sendrawtransaction', dear.hex, 0);
    const { by, fee, replacedFees, alsoGone } = await chain.replace(txid);
    expect(alsoGone).toEqual([dear.txid]);
    expect(fee).toBeGreaterThan(replacedFees);
    expect(replacedFees).toBeGreaterThan(80_000);
    const replacement = await decode(by);
    expect(replacement.vin[0]).toMatchObject({ txid: vin[0]!.txid, vout: vin[0]!.vout });
    expect(replacement.vout[0]).toMatchObject({ value: 0.00012345, scriptPubKey: { address: to } });
    expect(await pending()).not.toContain(txid);
  });

  it('an eviction drops that transaction and those that depend on it, and no others', async () => {
    const others = [(await chain.send()).txid, (await chain.data('stays')).txid];
    const { txid } = await chain.send();
    const { vout } = await decode(txid);
    const heir = payment([{ txid, index: 1, value: Math.round(vout[1]!.value * 1e8), lock: MINER }], { fee: 90_000 });
    await node.rpc('sendrawtransaction', heir.hex, 0);
    const { alsoGone, fillers } = await chain.evict(txid);
    expect(alsoGone).toEqual([heir.txid]);
    const left = await pending();
    expect(left).toEqual(expect.arrayContaining(others));
    expect(left).not.toContain(txid);
    expect(fillers.filter((filler) => left.includes(filler)).length).toBeGreaterThan(20);
    expect((await chain.evict(others[0])).fillers.length).toBeLessThan(5);
    const replaced = await chain.replace((await chain.send()).txid);
    expect(await pending()).toContain(replaced.by);
  });

  it('an action without a txid takes the latest payment of any process, or a new one if nothing is pending', async () => {
    await chain.mine(5);
    expect(await pending()).toEqual([]);
    const fresh = await chain.replace();
    expect(fresh.sentFirst).toBe(true);
    const later = await new DevChain(node.urlWithPassword).send();
    expect(await chain.doubleSpend()).toMatchObject({ txid: later.txid, sentFirst: false });
    expect(await chain.doubleSpend()).toMatchObject({ txid: fresh.by, sentFirst: false });
  });

  it.each(['zz', 'ab'.repeat(32)])('%s is refused, because it is not pending', async (txid) => {
    for (const action of ['doubleSpend', 'replace', 'evict'] as const) {
      await expect(chain[action](txid)).rejects.toMatchObject({ code: 'BAD_SETTING' });
    }
  });

  it('transactions of others can be evicted, but not signed again', async () => {
    const stranger = witnessKeyHash(keyPairOf('stranger'));
    const { txid } = await chain.send({ to: stranger.address!, value: 1e8 });
    await chain.mine();
    const theirs = payment([{ txid, index: 0, value: 1e8, lock: stranger }]);
    await node.rpc('sendrawtransaction', theirs.hex, 0);
    await expect(chain.doubleSpend(theirs.txid)).rejects.toMatchObject({ code: 'BAD_SETTING' });
    await expect(chain.replace(theirs.txid)).rejects.toMatchObject({ code: 'BAD_SETTING' });
    expect((await chain.evict(theirs.txid)).txid).toBe(theirs.txid);
  });

  it('coins are mined if there are none', async () => {
    await using empty = await startRegtest({ bitcoind });
    const young = new DevChain(empty.urlWithPassword);
    const first = await young.send();
    expect(first.minedFirst).toHaveLength(100);
    const second = await young.send();
    expect(second.minedFirst).toHaveLength(1);
    expect((await empty.rpc<string[]>('getrawmempool')).sort()).toEqual([first.txid, second.txid].sort());
  });

  it('a mempool of the usual size is not filled', async () => {
    await using large = await startRegtest({ bitcoind });
    await expect(new DevChain(large.urlWithPassword).evict()).rejects.toThrow('-maxmempool=5');
  });
});
