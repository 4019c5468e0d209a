import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { equalBytes } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { idOf, type MadeTransaction, MovingChain, outpointOf } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const NETWORK = networkById('btc-regtest');
const KEYS = 30;
const address = (key: number) => addressOf(p2pkhScript(key), NETWORK)!;
const pays = (key: number, value: number) => ({ value, script: p2pkhScript(key) });
const spending = ({ transaction }: MadeTransaction, index = 0) => ({ txid: transaction.txid, index });
const id = ({ transaction }: MadeTransaction) => idOf(transaction);
const UNKNOWN = 'ab'.repeat(32);

/** What the look-ups of many things promise, over a store. @param open an empty one */
export function describeMany(title: string, open: () => Promise<ChainStore>): void {
  describe(title, () => {
    let chain: MovingChain;
    let gateway: TestGateway;
    let made: MadeTransaction[];

    beforeAll(async () => {
      chain = await MovingChain.create(
        Array.from({ length: 12 }, () => pays(200, 1_000)),
        await open(),
      );
      gateway = await serve(chain.store);
      await chain.commit({ connect: [[], [], []] });
      made = chain.now.blocks.flatMap(({ transactions: [coinbase] }, height) =>
        Array.from({ length: 12 }, (_, i) => {
          const key = (height * 12 + i) % KEYS;
          return chain.make([spending(coinbase!, i)], [pays(key, i), pays(key, 500), pays((key * 7) % KEYS, 100 * i)]);
        }),
      );
      const spends = made.filter((_, i) => i % 3 === 0).map((one) => chain.make([spending(one, 1)], [pays(199, 1)]));
      await chain.commit({ connect: [made.slice(0, 20), made.slice(20, 40), spends.slice(0, 8)] });
      await chain.commit({ arrive: [...made.slice(40), ...spends.slice(8)] });
    });

    afterAll(async () => {
      await gateway.close();
      await chain.close();
    });

    const ask = async (query: string, variables: object = {}) => {
      const { data, errors } = await post(gateway.url, query, variables);
      expect(errors).toBeUndefined();
      return data;
    };

    /** All outputs of some keys, in chain order. */
    const outputsOf = (keys: readonly number[], holds: (value: number, spent: boolean) => boolean) => {
      const all = [...chain.now.blocks.flatMap(({ transactions }) => transactions), ...chain.now.pending];
      const spends = all.flatMap(({ transaction }) => transaction.inputs);
      const spent = new Set(spends.map((i) => outpointOf(i.previousTxid, i.previousIndex)));
      return all.flatMap(({ transaction }) =>
        transaction.outputs.flatMap(({ lockingScript, value }, index) => {
          const name = outpointOf(transaction.txid, index);
          const isOwn = keys.some((key) => equalBytes(lockingScript, p2pkhScript(key)));
          return isOwn && holds(value, spent.has(name)) ? [name] : [];
        }),
      );
    };

    describe('addresses', () => {
      const QUERY = `query ($a: [String!]!) { addresses(addresses: $a) {
        address balance { received } transactions(first: 3) { nodes { txid } } unspentOutputs(first: 3) { nodes { value } }
      } }`;

      it('come in the order in which they were given, each as by itself', async () => {
        const keys = [4, 29, 3, 4, 150];
        const { addresses } = await ask(QUERY, { a: keys.map(address) });
        for (const [i, key] of keys.entries()) {
          const one = QUERY.replace('[String!]!', 'String!').replace(
            'addresses(addresses: $a)',
            'address(address: $a)',
          );
          expect(addresses[i]).toEqual((await ask(one, { a: address(key) })).address);
        }
        expect((await ask(QUERY, { a: [] })).addresses).toEqual([]);
      });

      it('that are wrong are null, with an error that names the place, and spoil no other', async () => {
        const wif = '5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9FMPyR4UKZvpe6E3AgLr';
        const a = [address(1), 'nonsense', address(2), wif];
        // The third time, the answer comes from compiled code.
        for (let time = 0; time < 4; time++) {
          const { data, errors } = await post(
            gateway.url,
            'query ($a: [String!]!) { addresses(addresses: $a) { address } }',
            { a },
          );
          expect(data.addresses).toEqual([{ address: address(1) }, null, { address: address(2) }, null]);
          expect(errors).toMatchObject([
            {
              path: ['addresses', 1],
              message: expect.stringContaining('Number 2'),
              extensions: { code: 'BAD_ADDRESS' },
            },
            {
              path: ['addresses', 3],
              message: expect.stringContaining('Number 4'),
              extensions: { code: 'BAD_ADDRESS' },
            },
          ]);
          expect(JSON.stringify(errors)).not.toContain(wif);
        }
      });

      it('are at most 1,000, and priced by their number', async () => {
        const many = (count: number) => Array.from({ length: count }, () => address(1));
        const query = 'query ($a: [String!]!) { addresses(addresses: $a) { address type } }';
        const { errors } = await post(gateway.url, query, { a: many(1_001) });
        expect(errors).toMatchObject([
          { extensions: { code: 'BAD_QUERY' }, message: expect.stringContaining('at most 1000') },
        ]);
        expect((await ask(query, { a: many(1_000) })).addresses).toHaveLength(1_000);
      });
    });

    describe('transactions by their ids', () => {
      it('come in the order of the ids, null for unknown ones', async () => {
        const pending = made[47]!;
        const txids = [id(pending), UNKNOWN, id(made[0]!), id(pending)];
        const { transactionsByIds } = await ask(
          'query ($t: [Hash!]!) { transactionsByIds(txids: $t) { txid block { height } outputs { value } } }',
          { t: txids },
        );
        expect(transactionsByIds.map((one: { txid: string } | null) => one?.txid ?? null)).toEqual([
          id(pending),
          null,
          id(made[0]!),
          id(pending),
        ]);
        expect([transactionsByIds[0].block, transactionsByIds[2].block.height]).toEqual([null, 4]);
      });

      it('are at most 1,000', async () => {
        const { errors } = await post(gateway.url, 'query ($t: [Hash!]!) { transactionsByIds(txids: $t) { txid } }', {
          t: Array(1_001).fill(UNKNOWN),
        });
        expect(errors).toMatchObject([{ extensions: { code: 'BAD_QUERY' } }]);
      });
    });

    it('an output is found by transaction and index, with who spends it', async () => {
      const of = (txid: string, index: number) =>
        `output(txid: "${txid}", index: ${index}) { value index spentBy { index } transaction { txid } }`;
      const [one] = made;
      const data = await ask(
        `{ a: ${of(id(one!), 1)} b: ${of(id(one!), 0)} c: ${of(id(one!), 3)} d: ${of(UNKNOWN, 0)} }`,
      );
      const transaction = { txid: id(one!) };
      expect(data).toEqual({
        a: { value: 500, index: 1, spentBy: { index: 0 }, transaction },
        b: { value: 0, index: 0, spentBy: null, transaction },
        c: null,
        d: null,
      });
      expect((await post(gateway.url, `{ ${of(id(one!), -1)} }`)).errors).toMatchObject([
        { extensions: { code: 'BAD_QUERY' } },
      ]);
    });

    describe('outputs of many addresses', () => {
      const QUERY = `query ($f: OutputFilter!, $o: Order!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
        outputs(filter: $f, order: $o, first: $first, after: $after, last: $last, before: $before) {
          nodes { index value transaction { txid } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
        }
      }`;

      const walk = async (filter: object, order: string, size: number, fromBack: boolean) => {
        const found: string[] = [];
        for (let cursor: string | null = null; ; ) {
          const args: object = fromBack ? { last: size, before: cursor } : { first: size, after: cursor };
          const { nodes, pageInfo } = (await ask(QUERY, { f: filter, o: order, ...args })).outputs;
          const page = nodes.map(
            (one: { transaction: { txid: string }; index: number }) => `${one.transaction.txid}:${one.index}`,
          );
          found.push(...(fromBack ? page.reverse() : page));
          if (!(fromBack ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return fromBack ? found.reverse() : found;
          cursor = fromBack ? pageInfo.startCursor : pageInfo.endCursor;
        }
      };

      it.each([
        ['unspent', { spent: false }, (_: number, spent: boolean) => !spent],
        ['spent', { spent: true }, (_: number, spent: boolean) => spent],
        ['of any fate', {}, () => true],
        ['of a least value', { value: { gte: 500 } }, (value: number) => value >= 500],
        [
          'within two values',
          { spent: false, value: { gt: 100, lt: 500 } },
          (value: number, spent: boolean) => !spent && value > 100 && value < 500,
        ],
        ['of one value', { value: { gte: 500, lte: 500 } }, (value: number) => value === 500],
      ])('are found in both orders, with pages of any size: %s', async (_, filter, holds) => {
        const keys = [0, 3, 4, 5, 7, 11, 12, 21, 28];
        const expected = outputsOf(keys, holds);
        const all = { ...filter, addresses: [...keys, keys[0]!].map(address) };
        for (const order of ['OLDEST_FIRST', 'NEWEST_FIRST']) {
          for (const size of [1, 3, 100]) {
            for (const fromBack of [false, true]) {
              const found = await walk(all, order, size, fromBack);
              expect(found).toEqual(order === 'OLDEST_FIRST' ? expected : expected.toReversed());
            }
          }
        }
      });

      it.each([
        ['a bad address', { addresses: [address(1), 'x'] }, 'BAD_ADDRESS', 'Number 2'],
        ['too many', { addresses: Array(1_001).fill(address(1)) }, 'BAD_QUERY', 'at most 1000'],
        ['two lower ends', { addresses: [address(1)], value: { gt: 1, gte: 1 } }, 'BAD_QUERY', 'one of'],
        ['an empty range', { addresses: [address(1)], value: { gt: 3, lt: 2 } }, 'BAD_QUERY', 'before it begins'],
        ['no addresses', { addresses: [] }, 'BAD_QUERY', 'at least one'],
        ['null', { addresses: null }, 'BAD_QUERY', 'null'],
      ])('are refused by %s', async (_, filter, code, message) => {
        const { data, errors } = await post(gateway.url, QUERY, { f: filter, o: 'NEWEST_FIRST' });
        expect([data.outputs, errors]).toMatchObject([
          null,
          [{ extensions: { code }, message: expect.stringContaining(message) }],
        ]);
      });
    });

    it('blocks are found by height and time, in both orders and both ways', async () => {
      const query = `query ($f: BlockFilter, $o: Order!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
        blocks(filter: $f, order: $o, first: $first, after: $after, last: $last, before: $before) {
          nodes { height time } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
        }
      }`;
      const all = chain.now.blocks.map(({ height, time }) => ({ height, time }));
      const filters: [object, (block: { height: number; time: number }) => boolean][] = [
        [{}, () => true],
        [{ height: { from: 2, to: 4 } }, ({ height }) => height >= 2 && height <= 4],
        [{ time: { from: 1_015 } }, ({ time }) => time >= 1_015],
        [
          { time: { from: 1_010, to: 1_040 }, height: { from: 2 } },
          ({ height, time }) => height >= 2 && time >= 1_010 && time <= 1_040,
        ],
        [{ height: { from: 500 } }, () => false],
        [{ time: { to: 5 } }, () => false],
      ];
      for (const [filter, holds] of filters) {
        for (const order of ['OLDEST_FIRST', 'NEWEST_FIRST']) {
          for (const fromBack of [false, true]) {
            const found: unknown[] = [];
            for (let cursor: string | null = null; ; ) {
              const args: object = fromBack ? { last: 2, before: cursor } : { first: 2, after: cursor };
              const { nodes, pageInfo } = (await ask(query, { f: filter, o: order, ...args })).blocks;
              found.push(...(fromBack ? nodes.reverse() : nodes));
              if (!(fromBack ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
              cursor = fromBack ? pageInfo.startCursor : pageInfo.endCursor;
            }
            const expected = all.filter(holds);
            expect(fromBack ? found.reverse() : found).toEqual(
              order === 'OLDEST_FIRST' ? expected : expected.reverse(),
            );
          }
        }
      }
      const { errors } = await post(gateway.url, query, { f: { height: { from: 3, to: 2 } }, o: 'OLDEST_FIRST' });
      expect(errors).toMatchObject([
        { extensions: { code: 'BAD_QUERY' }, message: expect.stringContaining('`height` ends') },
      ]);
    });
  });
}
