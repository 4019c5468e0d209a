import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { mapKey } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { parseDescriptor, parseXpub } from '../../src/wallet/descriptor.ts';
import { ScriptChain } from '../../src/wallet/script-chain.ts';
import { idOf, type MadeTransaction, MovingChain, outpointOf } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { PUBLISHED, withPrefix } from '../wallet/keys.ts';
import { post, serve, type TestGateway } from './support.ts';

const NETWORK = networkById('btc-regtest');
export const TPUB = withPrefix(PUBLISHED.bip44, 'tpub');
const { template, chains } = parseXpub(TPUB, NETWORK);
const SCRIPTS = chains.map((chain) => new ScriptChain(template, chain).derive(0, 80));

export const walletScript = (chain: number, index: number) => SCRIPTS[chain]![index]!;
const own = (chain: number, index: number, value = 100) => ({ value, script: walletScript(chain, index) });
const address = (chain: number, index: number) => addressOf(walletScript(chain, index), NETWORK);
const elsewhere = { value: 10, script: p2pkhScript(200) };
const spending = ({ transaction }: MadeTransaction, index = 0) => ({ txid: transaction.txid, index });

const WALLET = `query ($xpub: String, $descriptor: String, $gap: Int! = 20, $order: Order! = NEWEST_FIRST, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  wallet(xpub: $xpub, descriptor: $descriptor, gapLimit: $gap) {
    complete
    chains { chain addressCount nextUnused { index path address { address } } }
    addresses { chain index path used address { address } }
    balance { received spent unspent transactionCount }
    balanceUnknown { received }
    transactions(order: $order, first: $first, after: $after, last: $last, before: $before) {
      nodes { txid } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    }
    unspentOutputs(order: $order, first: $first) { nodes { transaction { txid } index } pageInfo { hasNextPage } }
  }
}`;

/** What `wallet` promises, over a store. @param open an empty one */
export function describeWallet(title: string, open: () => Promise<ChainStore>): void {
  describe(title, () => {
    let chain: MovingChain;
    let gateway: TestGateway;
    let funds: MadeTransaction;

    beforeAll(async () => {
      chain = await MovingChain.create([{ value: 10_000, script: p2pkhScript(200) }], await open());
      gateway = await serve(chain.store);
      // Two addresses in one transaction; then one of them is spent, with change.
      funds = chain.make([spending(chain.tip.transactions[0]!)], [own(0, 0, 1_000), own(0, 3, 500), elsewhere]);
      const spend = chain.make([spending(funds)], [elsewhere, own(1, 0, 600)]);
      await chain.commit({ connect: [[funds], [], [spend]] });
    });

    afterAll(async () => {
      await gateway.close();
      await chain.close();
    });

    const ask = async (variables: object = {}) => {
      const { data, errors } = await post(gateway.url, WALLET, { xpub: TPUB, ...variables });
      expect(errors).toBeUndefined();
      return data.wallet;
    };

    /** The transactions and unspent outputs of some scripts, by looking at each. */
    const expected = (scripts: readonly Uint8Array[], order: 'NEWEST_FIRST' | 'OLDEST_FIRST') => {
      const names = new Set(scripts.map(mapKey));
      const isOwn = (output: { lockingScript: Uint8Array } | null) =>
        output !== null && names.has(mapKey(output.lockingScript));
      const all = [...chain.now.blocks.flatMap(({ transactions }) => transactions), ...chain.now.pending];
      const spent = new Set(
        all.flatMap(({ transaction }) => transaction.inputs.map((i) => outpointOf(i.previousTxid, i.previousIndex))),
      );
      const ids = all
        .filter((one) => one.transaction.outputs.some(isOwn) || one.spent.some(isOwn))
        .map(({ transaction }) => idOf(transaction));
      const unspent = all.flatMap(({ transaction }) =>
        transaction.outputs.flatMap((output, index) => {
          const name = outpointOf(transaction.txid, index);
          return isOwn(output) && !spent.has(name) ? [name] : [];
        }),
      );
      return order === 'NEWEST_FIRST' ? [ids.reverse(), unspent.reverse()] : [ids, unspent];
    };

    const outpoints = (nodes: readonly { transaction: { txid: string }; index: number }[]) =>
      nodes.map(({ transaction, index }) => `${transaction.txid}:${index}`);

    it('derives each chain up to the gap limit, and tells what is used and what comes next', async () => {
      const wallet = await ask();
      expect(wallet.complete).toBe(true);
      expect(wallet.chains).toEqual([
        { chain: 0, addressCount: 24, nextUnused: { index: 4, path: '0/4', address: { address: address(0, 4) } } },
        { chain: 1, addressCount: 21, nextUnused: { index: 1, path: '1/1', address: { address: address(1, 1) } } },
      ]);
      expect(wallet.addresses).toHaveLength(45);
      const used = wallet.addresses.filter((one: { used: boolean }) => one.used);
      expect(used.map(({ path }: { path: string }) => path)).toEqual(['0/0', '0/3', '1/0']);
      for (const { chain: of, index, path, address: shown } of wallet.addresses) {
        expect([path, shown.address]).toEqual([`${of}/${index}`, address(of, index)]);
      }
    });

    it('has the history, the unspent outputs and the balance of all addresses together', async () => {
      const wallet = await ask();
      const scripts = SCRIPTS.flat();
      const [ids, unspent] = expected(scripts, 'NEWEST_FIRST');
      expect(wallet.transactions.nodes.map(({ txid }: { txid: string }) => txid)).toEqual(ids);
      expect(outpoints(wallet.unspentOutputs.nodes)).toEqual(unspent);
      expect(wallet.balance).toEqual({ received: 2_100, spent: 1_000, unspent: 1_100, transactionCount: 2 });
      expect(wallet.balanceUnknown).toBeNull();
    });

    it('is the same by a descriptor, null for what is not given, and one chain of it', async () => {
      const whole = await ask();
      expect(await ask({ xpub: null, descriptor: `pkh(${TPUB}/<0;1>/*)` })).toMatchObject({
        addresses: whole.addresses,
        balance: whole.balance,
      });
      const change = await ask({ xpub: undefined, descriptor: `pkh(${TPUB}/1/*)` });
      expect(change.chains).toMatchObject([{ chain: 0, addressCount: 21, nextUnused: { path: '1/1' } }]);
      expect(change.balance).toMatchObject({ received: 600, spent: 0 });
    });

    it('counts what is unconfirmed as use, and looks further behind it', async () => {
      const wide = chain.make([spending(funds, 2)], [own(0, 25), elsewhere]);
      await chain.commit({ arrive: [wide] });
      expect((await ask()).chains[0].addressCount).toBe(24);
      expect((await ask({ gap: 22 })).chains[0]).toMatchObject({ addressCount: 48, nextUnused: { index: 26 } });
      const near = chain.make([spending(wide, 1)], [own(0, 22), own(1, 5)]);
      await chain.commit({ arrive: [near] });
      const wallet = await ask();
      expect(wallet.chains).toMatchObject([
        { addressCount: 46, nextUnused: { index: 26 } },
        { addressCount: 26, nextUnused: { index: 6 } },
      ]);
      expect(wallet.transactions.nodes[0]).toEqual({ txid: idOf(near.transaction) });
      expect(wallet.balance).toMatchObject({ received: 2_100 });
    });

    it('walks through its history in both orders and both ways, with pages of any size, while blocks and transactions come', async () => {
      const all = SCRIPTS.flat();
      const coins = chain.now.blocks.flatMap(({ transactions }) => transactions.slice(0, 1)).slice(1);
      const made = coins.map((coin, i) =>
        chain.make(
          [spending(coin)],
          Array.from({ length: 6 }, (_, k) => own(k % 2, (7 * i + 3 * k) % 20, i)),
        ),
      );
      await chain.commit({ connect: [made] });
      for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST'] as const) {
        for (const fromBack of [false, true]) {
          for (const size of [3, 100]) {
            const [ids] = expected(all, order);
            const found: string[] = [];
            for (let cursor: string | null = null; ; ) {
              const args: object = fromBack ? { last: size, before: cursor } : { first: size, after: cursor };
              const { nodes, pageInfo } = (await ask({ order, ...args })).transactions;
              const page = nodes.map(({ txid }: { txid: string }) => txid);
              found.push(...(fromBack ? page.reverse() : page));
              if (!(fromBack ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
              cursor = fromBack ? pageInfo.startCursor : pageInfo.endCursor;
              if (found.length > 2 * size) continue;
              // Addresses that come into use meanwhile are in no later page of this list.
              const coin = chain.tip.transactions[0]!;
              const next = chain.make([spending(coin)], [own(0, 30 + (chain.tip.height % 9))]);
              await chain.commit({ connect: [[next]] });
            }
            expect(fromBack ? found.reverse() : found).toEqual(ids);
          }
        }
      }
    });

    it('knows the addresses of several signers, in scripts and in trees of scripts', async () => {
      const [b, c] = [withPrefix(PUBLISHED.bip84, 'tpub'), withPrefix(PUBLISHED.bip86, 'tpub')];
      const keys = `${TPUB}/<0;1>/*,[d34db33f/48h/1h/0h/2h]${b}/<0;1>/*,${c}/<0;1>/*`;
      for (const descriptor of [
        `wsh(sortedmulti(2,${keys}))`,
        `sh(multi(2,${keys}))`,
        `tr(${c}/<8;9>/*,multi_a(3,${keys}))`,
      ]) {
        const { template, chains } = parseDescriptor(descriptor, NETWORK);
        const scripts = chains.map((keys) => new ScriptChain(template, keys).derive(0, 30));
        const pays = chain.make(
          [spending(chain.tip.transactions[0]!)],
          [
            { value: 700, script: scripts[0]![2]! },
            { value: 70, script: scripts[0]![19]! },
            { value: 7, script: scripts[1]![0]! },
          ],
        );
        await chain.commit({ connect: [[pays]] });
        const wallet = await ask({ xpub: null, descriptor });
        const next = {
          path: descriptor.startsWith('tr') ? '8/20' : '0/20',
          address: addressOf(scripts[0]![20]!, NETWORK),
        };
        expect(wallet.chains).toMatchObject([
          { addressCount: 40, nextUnused: { path: next.path, address: { address: next.address } } },
          { addressCount: 21, nextUnused: { index: 1 } },
        ]);
        expect(wallet.balance).toEqual({ received: 777, spent: 0, unspent: 777, transactionCount: 1 });
        expect(wallet.transactions.nodes).toEqual([{ txid: idOf(pays.transaction) }]);
        expect(outpoints(wallet.unspentOutputs.nodes)).toHaveLength(3);
      }
    });

    it('shows unspent outputs in both orders', async () => {
      for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST'] as const) {
        const { unspentOutputs } = await ask({ order, first: 100, gap: 50 });
        expect(outpoints(unspentOutputs.nodes)).toEqual(expected(SCRIPTS.flat(), order)[1]!.slice(0, 100));
      }
    });
  });
}
