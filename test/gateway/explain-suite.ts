import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplainedPlan } from '../../cli/explained-plan.ts';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { dataScript, type MadeOutput, p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const NETWORK = networkById('btc-regtest');
const address = (key: number) => addressOf(p2pkhScript(key), NETWORK)!;
const pay = (key: number, value: number): MadeOutput => ({ value, script: p2pkhScript(key) });
const data = (...words: string[]): MadeOutput => ({
  value: 0,
  script: dataScript(words.map((word) => new TextEncoder().encode(word))),
});
const push = (...pushes: object[]) => ({ data: [{ pushes }] });

/** Blocks of the chain, each with one post and one payment. */
const BLOCKS = 1_100;

export const EXPLAIN = `query ($filter: TransactionFilter, $scan: Boolean! = false, $order: Order! = NEWEST_FIRST, $first: Int) {
  explainTransactions(filter: $filter, scan: $scan, order: $order, first: $first) {
    refusal { code message add }
    steps { depth operation index key fromHeight toHeight unconfirmed excluded rows exact }
    stepCount
    conditions
    prediction { matches rows cost budgetExhausted exact }
  }
}`;
const QUERY = `query ($filter: TransactionFilter, $scan: Boolean! = false, $order: Order! = NEWEST_FIRST, $first: Int) {
  transactions(filter: $filter, scan: $scan, order: $order, first: $first) { nodes { txid } }
}`;

interface PageRequest {
  readonly scan?: boolean;
  readonly order?: string;
  readonly first?: number;
}

/** The steps as text, such as "1 POSTINGS lock". */
const shown = ({ steps }: ExplainedPlan) =>
  steps.map(({ depth, operation, index, excluded }) =>
    [depth, operation, ...(index === null ? [] : [index]), ...(excluded ? ['excluded'] : [])].join(' '),
  );

/** What explanations promise, over a store. @param open an empty one */
export function describeExplanations(title: string, open: () => Promise<ChainStore>): void {
  describe(title, () => {
    let chain: MovingChain;
    let gateway: TestGateway;

    beforeAll(async () => {
      chain = await MovingChain.create([pay(1, 5_000)], await open());
      let last = { txid: chain.tip.transactions[0]!.transaction.txid, index: 0 };
      const say = (word: string, text: string, value: number): MadeTransaction => {
        const made = chain.make([last], [pay(1, value), data('my-app', word, text)]);
        last = { txid: made.transaction.txid, index: 0 };
        return made;
      };
      const connect = Array.from({ length: BLOCKS - 1 }, (_, i) => i + 1).map((i) => [
        say(i % 4 === 0 ? 'reply' : 'post', `text ${i}`, 5_000 - i),
        chain.make([{ txid: new Uint8Array(32).fill(7), index: i }], [pay(i % 50 === 0 ? 4 : 3, i)]),
      ]);
      await chain.commit({ connect });
      const gone = chain.make([{ txid: new Uint8Array(32).fill(8), index: 0 }], [pay(6, 1)]);
      await chain.commit({ arrive: [say('post', 'waiting', 100), gone] });
      await chain.commit({ leave: [{ id: idOf(gone.transaction), reason: 'evicted' }] });
      gateway = await serve(chain.store, { scanBudget: 1_000 });
    }, 240_000);

    afterAll(async () => {
      await gateway?.close();
      await chain?.close();
    });

    async function explained(filter: object, page: PageRequest = {}): Promise<ExplainedPlan> {
      const { data, errors } = await post(gateway.url, EXPLAIN, { filter, ...page });
      expect(errors).toBeUndefined();
      return data.explainTransactions;
    }

    /** What a query of the page finds and costs. */
    async function asked(filter: object, page: PageRequest = {}) {
      const [whole, ends] = await Promise.all(
        [QUERY, QUERY.replace('nodes { txid }', 'pageInfo { budgetExhausted }')].map((query) =>
          post(gateway.url, query, { filter, ...page }),
        ),
      );
      const { charged } = whole!.extensions!.cost as { charged: number };
      const { nodes } = whole!.data.transactions as { nodes: object[] };
      return {
        matches: nodes.length,
        cost: charged,
        ...(ends!.data.transactions.pageInfo as { budgetExhausted: boolean }),
      };
    }

    describe('the steps of a plan', () => {
      it('are those of all operations, each before what it combines', async () => {
        const plan = await explained({
          ...push({ index: 0, equals: { utf8: 'my-app' } }, { index: 1, in: [{ utf8: 'post' }, { utf8: 'reply' }] }),
          inputs: [{ index: 0, addresses: [address(1)] }],
          not: push({ equals: { utf8: 'text 7' } }),
        });
        expect(shown(plan)).toEqual([
          '0 DIFFERENCE',
          '1 INTERSECTION',
          '2 POSTINGS lock',
          '2 POSTINGS data8',
          '2 UNION',
          '3 POSTINGS data4',
          '3 POSTINGS data8',
          '1 POSTINGS data8 excluded',
        ]);
        expect(plan.stepCount).toBe(8);
        expect(plan.conditions).toEqual(['inputs[0].index', 'data[0].pushes[0].index', 'data[0].pushes[1].index']);
        expect(plan.steps[3]).toMatchObject({ key: Buffer.from('my-app\0\0').toString('hex'), unconfirmed: true });
        expect(plan.steps[7]).toMatchObject({ rows: 1, exact: true });
        expect(plan.refusal).toBeNull();
      });

      it.each<[string, object, readonly string[]]>([
        ['ids', { txids: ['ab'.repeat(32)] }, ['0 TRANSACTION_IDS txid']],
        ['a short beginning', push({ startsWith: { utf8: 'my' } }), ['0 KEY_RANGE data4']],
        ['coinbases', { coinbase: true }, ['0 COINBASES']],
        ['everything', {}, ['0 TRANSACTIONS']],
        [
          'a range of a member',
          { or: [{ address: address(4) }, { block: { from: 5, to: 9 }, outputValue: { gte: 1 } }] },
          ['0 UNION', '1 POSTINGS lock', '1 RANGE', '2 TRANSACTIONS'],
        ],
        ['nothing', { confirmed: false, coinbase: true }, []],
      ])('lead to %s', async (_, filter, expected) => {
        expect(shown(await explained(filter))).toEqual(expected);
      });

      it('have the heights that they search', async () => {
        const of = async (filter: object) => (await explained(filter)).steps[0];
        expect(await of({ address: address(4) })).toMatchObject({
          fromHeight: 0,
          toHeight: BLOCKS - 1,
          unconfirmed: true,
        });
        expect(await of({ address: address(4), block: { from: 7, to: 20 } })).toMatchObject({
          fromHeight: 7,
          toHeight: 20,
          unconfirmed: false,
        });
        expect(await of({ address: address(4), confirmed: false })).toMatchObject({
          fromHeight: null,
          toHeight: null,
          unconfirmed: true,
        });
      });

      it('have the rows there are, where these are few', async () => {
        const rows = async (filter: object) => {
          const [step] = (await explained(filter)).steps;
          return [step!.rows, step!.exact];
        };
        expect(await rows({ address: address(4) })).toEqual([21, true]);
        expect(await rows({ address: address(3), block: { from: 100, to: 140 } })).toEqual([40, true]);
        expect(await rows({ address: address(1), confirmed: false })).toEqual([1, true]);
        expect(await rows({ coinbase: true })).toEqual([BLOCKS, true]);
        expect(await rows({ block: { from: 10, to: 29 } })).toEqual([60, true]);
        expect(await rows(push({ startsWith: { utf8: 'rep' } }))).toEqual([274, true]);
        expect(await rows({ txids: ['ab'.repeat(32)] })).toEqual([0, true]);
        expect(await rows({ txids: [] })).toEqual([0, true]);
        // All texts share the key of the index.
        expect(await rows(push({ startsWith: { utf8: 'text 5' } }))).toEqual([111, true]);
        expect(await rows({ ...push({ startsWith: { utf8: 'text 5' } }), block: { from: 100, to: 504 } })).toEqual([
          5,
          true,
        ]);
        expect(await rows(push({ startsWith: { utf8: 'text 1099' } }))).toEqual([1, true]);
        expect(await rows(push({ startsWith: { utf8: 'text 1100' } }))).toEqual([0, true]);
        expect(await rows({ address: address(6) })).toEqual([0, true]);
        expect(await rows({ address: address(6), removed: true })).toEqual([1, true]);
        expect(await rows({ removed: true })).toEqual([1, true]);
        expect(await rows({ confirmed: false })).toEqual([1, true]);
      });

      it('are at most a hundred, and few rows are read for them, however many keys there are', async () => {
        const addresses = Array.from({ length: 250 }, (_, i) => address(i));
        const { data, extensions } = await post(gateway.url, EXPLAIN, { filter: { addresses } });
        const plan: ExplainedPlan = data.explainTransactions;
        expect([plan.steps.length, plan.stepCount]).toEqual([100, 251]);
        expect(plan.steps[1]).toMatchObject({ operation: 'POSTINGS', rows: 0 });
        expect(plan.steps[99]).toMatchObject({ operation: 'POSTINGS', rows: null, exact: false });
        expect((extensions!.cost as { charged: number }).charged).toBeLessThan(20_000);
      });
    });

    describe('the conditions that are left', () => {
      it.each<[object, readonly string[]]>([
        [{ address: address(1), fee: { gte: 10 } }, ['fee']],
        [
          { outputs: [{ index: 1, addresses: [address(1)], value: { gte: 5 } }] },
          ['outputs[0].index', 'outputs[0].value'],
        ],
        [
          { or: [{ address: address(1) }, { address: address(2), size: { gte: 1 } }], hasWitness: false },
          ['hasWitness', 'or[1].size'],
        ],
        [{ and: [{ address: address(1) }, { not: { address: address(3) } }] }, ['and[1].not.address']],
        [{ address: address(1), block: { from: 3 }, confirmed: true }, []],
        [{ address: address(1), not: { block: { from: 3, to: 4 } } }, ['not.block']],
        [
          push({ startsWith: { utf8: 'my-app' } }, { contains: { utf8: 'ext' } }, {}),
          ['data[0].pushes[1].contains', 'data[0].pushes[2]'],
        ],
        [
          { outputs: [{ lockingScript: { pushes: [{ equals: { utf8: 'ord' }, size: { gte: 1 } }] } }] },
          ['outputs[0].lockingScript.pushes[0].size'],
        ],
        [
          { outputs: [{ token: { category: 'ab'.repeat(32), commitment: { equals: 'aa' }, amount: { gte: '1' } } }] },
          ['outputs[0].token.amount'],
        ],
        [
          { outputs: [{ token: { category: 'ab'.repeat(32), commitment: { startsWith: 'aa' } } }] },
          ['outputs[0].token.commitment'],
        ],
        [{ inputs: [{ spends: { txid: 'ab'.repeat(32), index: 0 }, sequence: { lt: 9 } }] }, ['inputs[0].sequence']],
        [{ coinbase: true, outputCount: { gte: 1 } }, ['outputCount']],
      ])('of %j are %j', async (filter, expected) => {
        expect((await explained(filter)).conditions).toEqual(expected);
      });
    });

    describe('a refusal on a longer chain', () => {
      let short: MovingChain;
      let shortGateway: TestGateway;

      beforeAll(async () => {
        short = await MovingChain.create([pay(1, 5_000)], await open());
        await short.commit({ connect: Array.from({ length: 200 }, () => []) });
        shortGateway = await serve(short.store);
      });

      afterAll(async () => {
        await shortGateway?.close();
        await short?.close();
      });

      const FEE = { fee: { gte: 1_000 } };

      async function later(filter: object, { at = '', scan = false } = {}) {
        const explain = `explainTransactions(filter: $filter, scan: ${scan}) {
      refusal { code } longChainRefusal { code message add } }`;
        const query = `query ($filter: TransactionFilter) { ${at === '' ? explain : `at(${at}) { ${explain} }`} }`;
        const { data, errors } = await post(shortGateway.url, query, { filter });
        expect(errors).toBeUndefined();
        const { refusal, longChainRefusal } = (data.at ?? data).explainTransactions;
        expect(refusal).toBeNull();
        return longChainRefusal;
      }

      it.each<[string, object]>([
        ['a condition that no index leads to', FEE],
        ['a member of an `or` without a lead', { or: [{ address: address(1) }, FEE] }],
        ['a range of heights without an end', { ...FEE, block: { from: 150 } }],
        ['a range of times without an end', { ...FEE, time: { from: 1_000 } }],
        ['a text in any place', push({ utf8: { contains: 'a' } })],
      ])('awaits %s', async (_, filter) => {
        expect(await later(filter)).toEqual({
          code: 'NOT_INDEXED',
          message: expect.stringContaining('No index can answer'),
          add: [
            expect.stringContaining('an address, txids, a script, a token'),
            'a range of at most 1000 blocks',
            expect.stringContaining('`scan: true`'),
          ],
        });
      });

      it.each<[string, object, { at?: string; scan?: boolean }?]>([
        ['what an index leads to', { ...FEE, address: address(1) }],
        ['a range of heights', { ...FEE, block: { from: 5, to: 150 } }],
        ['what is unconfirmed', { ...FEE, confirmed: false }],
        ['everything', {}],
        ['a filter with `scan`', FEE, { scan: true }],
        ['a block of the past', FEE, { at: 'height: 100' }],
      ])('does not await %s', async (_, filter, where) => {
        expect(await later(filter, where)).toBeNull();
      });

      it('is null on a chain that is long', async () => {
        const query = `query ($filter: TransactionFilter) { explainTransactions(filter: $filter) { longChainRefusal { code } } }`;
        for (const filter of [FEE, { ...FEE, block: { from: 500 } }]) {
          expect((await post(gateway.url, query, { filter })).data.explainTransactions.longChainRefusal).toBeNull();
        }
      });
    });

    describe('a refusal', () => {
      it('says what to add, and which conditions no index leads to', async () => {
        const plan = await explained({ or: [{ address: address(1) }, { fee: { gte: 1_000 } }] });
        expect(plan).toMatchObject({ steps: [], prediction: null, conditions: ['or[1].fee'] });
        expect(plan.refusal).toMatchObject({
          code: 'NOT_INDEXED',
          message: expect.stringContaining('No index can answer'),
        });
        expect(plan.refusal!.add).toEqual([
          expect.stringContaining('an address, txids, a script, a token'),
          `a range of at most 1000 blocks, for example \`block: { from: ${chain.tip.height - 999} }\``,
          expect.stringContaining('`scan: true`'),
        ]);
      });

      it('says how the beginning of a script is found', async () => {
        const start = { lockingScript: { startsWith: `5121${'02'.repeat(9)}` } };
        const { refusal } = await explained({ outputs: [start] });
        expect(refusal!.message).toContain('add `types` beside `lockingScript: { startsWith }`, of P2PK, MULTISIG');
        expect(refusal!.add[0]).toContain('`types` beside `lockingScript: { startsWith }`');
        for (const types of [['P2PK', 'MULTISIG', 'NON_STANDARD'], ['MULTISIG']]) {
          expect((await explained({ outputs: [{ ...start, types }] })).refusal).toBeNull();
        }
        const other = await explained({ or: [{ outputs: [{ ...start, types: ['MULTISIG'] }] }, { fee: { gte: 1 } }] });
        expect(other.refusal!.message).not.toContain('startsWith }');
      });

      it('is gone when what it says is added', async () => {
        const fee = { fee: { gte: 1_000 } };
        for (const [filter, page] of [
          [{ ...fee, address: address(1) }],
          [{ ...fee, block: { from: chain.tip.height - 999 } }],
          [fee, { scan: true }],
        ] as [object, PageRequest?][]) {
          expect((await explained(filter, page)).refusal).toBeNull();
        }
      });

      it.each<[string, object, PageRequest, string]>([
        ['an address', { address: 'nothing' }, {}, 'BAD_ADDRESS'],
        ['a range that says nothing', { fee: {} }, {}, 'BAD_QUERY'],
        ['the length of the page', { address: address(1) }, { first: 101 }, 'BAD_QUERY'],
        ['more rows to gather than a request may', push({ startsWith: { utf8: 'te' } }), {}, 'BUDGET_EXCEEDED'],
      ])('is that of the query: %s', async (_, filter, page, code) => {
        const { refusal, prediction } = await explained(filter, page);
        expect(refusal?.code).toBe(code);
        expect(prediction).toBeNull();
        const { errors } = await post(gateway.url, QUERY, { filter, ...page });
        expect(errors![0]).toMatchObject({ message: refusal!.message, extensions: { code } });
      });
    });

    describe('the prediction', () => {
      it.each<[object, PageRequest?]>([
        [{ address: address(4) }],
        [{ address: address(4) }, { first: 3, order: 'OLDEST_FIRST' }],
        [{ address: address(3), outputValue: { gte: 0 } }, { first: 50 }],
        [push({ equals: { utf8: 'my-app' } }, { equals: { utf8: 'reply' } })],
        [push({ startsWith: { utf8: 're' } })],
        [{}, { first: 7 }],
        [{ time: { from: 1 }, address: address(1) }, { first: 5 }],
        [{ confirmed: false, coinbase: true }],
        [{ removed: true }],
      ])('is what the query does, where the search is short: %j %j', async (filter, page) => {
        const { prediction } = await explained(filter, page);
        const { matches, cost, budgetExhausted } = await asked(filter, page);
        expect(prediction).toMatchObject({ exact: true, matches, cost, budgetExhausted });
      });

      it.each<[string, object, PageRequest?]>([
        ['many rows of one list', { address: address(1), outputCount: { gte: 2 } }, { first: 100 }],
        [
          'one match in four',
          { ...push({ equals: { utf8: 'my-app' } }), address: address(1), ...byWord('reply') },
          { first: 90 },
        ],
        [
          'a scan for few',
          { outputs: [{ types: ['NULL_DATA'] }], outputValue: { gt: 4_500 } },
          { scan: true, first: 100 },
        ],
        ['a scan for nothing', { outputCount: { gte: 50 } }, { scan: true }],
      ])('is near to what the query does otherwise: %s', async (_, filter, page) => {
        const { prediction } = await explained(filter, page);
        const real = await asked(filter, page);
        const { matches, cost, budgetExhausted } = prediction!;
        expect(budgetExhausted).toBe(real.budgetExhausted);
        expect(within(matches, real.matches, 2)).toBe(true);
        expect(within(cost, real.cost, 2)).toBe(true);
      });
    });
  });
}

function byWord(word: string): object {
  return { outputs: [{ data: { pushes: [{ index: 1, utf8: { equals: word, caseInsensitive: true } }] } }] };
}

function within(value: number, real: number, factor: number): boolean {
  return value <= real * factor && value * factor >= real;
}
