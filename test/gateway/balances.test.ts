import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { post, serve, type TestGateway } from './support.ts';

const seconds = (text: string) => Date.parse(text) / 1_000;

/** The header time of each block. The fourth goes back to the day before. */
const TIMES = [
  '2020-01-30T10:00:00Z',
  '2020-01-31T23:00:00Z',
  '2020-02-01T00:30:00Z',
  '2020-01-31T23:59:00Z',
  '2020-02-01T12:00:00Z',
  '2020-02-04T12:00:00Z',
  '2020-02-09T23:00:00Z',
  '2020-02-10T01:00:00Z',
].map(seconds);

const [payer, address] = [1, 2].map((key) => addressOf(p2pkhScript(key), networkById('btc-regtest'))!);

interface PeriodAnswer {
  readonly from: string;
  readonly to: string;
  readonly lastHeight: number;
  readonly received: number;
  readonly spent: number;
  readonly unspent: number | null;
  readonly transactionCount: number;
  readonly partial: boolean;
}

const QUERY = `query ($of: String!, $by: Interval!, $from: Moment!, $to: Moment!, $first: Int, $after: Cursor) {
  address(address: $of) { balances(by: $by, from: $from, to: $to, first: $first, after: $after) {
    edges { cursor node { ...P } } pageInfo { endCursor hasNextPage hasPreviousPage budgetExhausted }
  } } }
  fragment P on BalancePeriod { from to lastHeight received spent unspent transactionCount partial }`;
const ALWAYS = { from: 0, to: 4_000_000_000 };

describe('balances', () => {
  let chain: MovingChain;
  let gateway: TestGateway;

  beforeAll(async () => {
    const timeOf = (height: number) => TIMES[height] ?? TIMES.at(-1)! + 600 * (height - TIMES.length + 1);
    chain = await MovingChain.create([{ value: 10_000, script: p2pkhScript(1) }], await temporaryStore(), { timeOf });
    const pays = (value: number) => ({ value, script: p2pkhScript(2) });
    const coinbase = () => ({ txid: chain.tip.transactions[0]!.transaction.txid, index: 0 });
    const spending = ({ transaction }: MadeTransaction, index = 0) => ({ txid: transaction.txid, index });
    // Blocks 1 to 7, each but 5 with something of the address.
    const one = chain.make([coinbase()], [pays(100), pays(50)]);
    await chain.commit({ connect: [[one]] });
    const two = chain.make([coinbase()], [pays(7)]);
    await chain.commit({ connect: [[two]] });
    await chain.commit({
      connect: [[chain.make([spending(one)], [pays(30)])], [chain.make([coinbase()], [pays(1)])], []],
    });
    await chain.commit({
      connect: [[chain.make([spending(one, 1), spending(two)], [])], [chain.make([coinbase()], [pays(500)])]],
    });
    gateway = await serve(chain.store);
  });

  afterAll(async () => {
    await gateway.close();
    await chain.close();
  });

  const ask = async (variables: object) => {
    const { data, errors } = await post(gateway.url, QUERY, { of: address, ...ALWAYS, ...variables });
    return { page: data?.address?.balances, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
  };
  const periods = async (variables: object): Promise<PeriodAnswer[]> => {
    const { page, message } = await ask(variables);
    expect(message).toBeUndefined();
    return page.edges.map(({ node }: { readonly node: PeriodAnswer }) => node);
  };
  const short = ({ from, received, spent, unspent, partial }: PeriodAnswer) => [
    from.slice(0, 10),
    received,
    spent,
    unspent,
    partial,
  ];

  it('are those of each day, by the highest header time so far, and the last day is not over', async () => {
    expect((await periods({ by: 'DAY' })).map(short)).toEqual([
      ['2020-01-31', 150, 0, 150, false],
      ['2020-02-01', 38, 100, 88, false],
      ['2020-02-09', 0, 57, 31, false],
      ['2020-02-10', 500, 0, 531, true],
    ]);
  });

  it.each([
    ['HOUR', ['2020-01-31T23', '2020-02-01T00', '2020-02-01T12', '2020-02-09T23', '2020-02-10T01']],
    ['WEEK', ['2020-01-27T00', '2020-02-03T00', '2020-02-10T00']],
    ['MONTH', ['2020-01-01T00', '2020-02-01T00']],
    ['YEAR', ['2020-01-01T00']],
  ])('are those of each %s', async (by, expected) => {
    const found = await periods({ by });
    expect(found.map(({ from }) => from.slice(0, 13))).toEqual(expected);
    expect(found.at(-1)).toMatchObject({ unspent: 531, partial: true });
  });

  it('are those of each block, as at that block', async () => {
    const found = await periods({ by: 'BLOCK' });
    expect(found.map(({ lastHeight, from, partial }) => [lastHeight, seconds(from), partial])).toEqual(
      [1, 2, 3, 4, 6, 7].map((height) => [height, Math.max(...TIMES.slice(0, height + 1)), false]),
    );
    for (const { lastHeight, unspent } of found) {
      const { data } = await post(
        gateway.url,
        `{ at(height: ${lastHeight}) { address(address: "${address}") { balance { unspent } } } }`,
      );
      expect(data.at.address.balance.unspent).toBe(unspent);
    }
  });

  it('are cut by from and to, and count what was before', async () => {
    const range = { by: 'DAY', from: '2020-02-01T06:00:00Z', to: '2020-02-09T23:00:00Z' };
    expect((await periods(range)).map(short)).toEqual([
      ['2020-02-01', 1, 0, 88, true],
      ['2020-02-09', 0, 57, 31, true],
    ]);
    expect((await periods({ ...range, from: '2020-02-01', to: '2020-02-01T23:59:59Z' })).map(short)).toEqual([
      ['2020-02-01', 38, 100, 88, false],
    ]);
    for (const nothing of [
      { from: '2020-02-02', to: '2020-02-03' },
      { from: '2030-01-01' },
      { to: '2019-01-01' },
      { from: '2020-03-01', to: '2020-02-01' },
    ]) {
      expect(await periods({ by: 'DAY', ...nothing })).toEqual([]);
    }
  });

  it('come in pages that make up the whole', async () => {
    const whole = await periods({ by: 'HOUR' });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (first) => {
        const found: PeriodAnswer[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const { page, message } = await ask({ by: 'HOUR', first, after });
          expect(message).toBeUndefined();
          expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
          found.push(...page.edges.map(({ node }: { readonly node: PeriodAnswer }) => node));
          after = page.pageInfo.endCursor;
          more = page.pageInfo.hasNextPage;
        }
        expect(found).toEqual(whole);
      }),
      { numRuns: 8 },
    );
  });

  it('go on from the cursor of any period', async () => {
    const { page } = await ask({ by: 'DAY' });
    const rest = await ask({ by: 'DAY', after: page.edges[1].cursor });
    expect(rest.page.edges).toEqual(page.edges.slice(2));
  });

  it('refuse cursors that are not theirs', async () => {
    const { page } = await ask({ by: 'DAY', first: 2 });
    const after: string = page.pageInfo.endCursor;
    const [place, ...sums] = after.split('.');
    for (const other of [
      { by: 'WEEK', after },
      { of: payer, by: 'DAY', after },
      { by: 'DAY', from: 1, after },
      { by: 'DAY', after: place },
      { by: 'DAY', after: [place, '-1', ...sums.slice(1)].join('.') },
      { by: 'DAY', after: [place, '???', ...sums.slice(1)].join('.') },
      { by: 'DAY', after: [after, '1'].join('.') },
      { by: 'DAY', after: 'nonsense' },
    ]) {
      expect((await ask(other)).code, JSON.stringify(other)).toBe('BAD_CURSOR');
    }
    const list = await post(gateway.url, 'query ($after: Cursor) { transactions(after: $after) { nodes { txid } } }', {
      after,
    });
    expect(list.errors?.[0]?.extensions.code).toBe('BAD_CURSOR');
  });

  it.each([0, -1, 1_001])('refuse pages of %i', async (first) => {
    expect((await ask({ by: 'DAY', first })).code).toBe('BAD_QUERY');
  });
});

describe('balances of a busy address', () => {
  const MANY = 700;

  it('are added up over several requests, none of which goes on for long', async () => {
    // Blocks 1 and 2 are of one day.
    const timeOf = (height: number) => 86_400 * (height < 2 ? height + 1 : height) + height;
    const chain = await MovingChain.create([{ value: 10, script: p2pkhScript(1) }], await temporaryStore(), { timeOf });
    const many = () =>
      Array.from({ length: MANY }, (_, i) =>
        chain.make([{ txid: new Uint8Array(32).fill(7), index: i }], [{ value: 3, script: p2pkhScript(2) }]),
      );
    await chain.commit({ connect: [many(), many(), many()] });
    const gateway = await serve(chain.store, { scanBudget: 1 });
    const found: PeriodAnswer[] = [];
    let requests = 0;
    for (let after: string | null = null, more = true; more; requests++) {
      const { data, errors } = await post(gateway.url, QUERY, { of: address, by: 'DAY', ...ALWAYS, after });
      expect(errors).toBeUndefined();
      const { edges, pageInfo } = data.address.balances;
      found.push(...edges.map(({ node }: { readonly node: PeriodAnswer }) => node));
      expect(pageInfo.budgetExhausted).toBe(pageInfo.hasNextPage);
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(requests).toBeGreaterThan(2);
    expect(
      found.map(({ lastHeight, received, unspent, transactionCount }) => [
        lastHeight,
        received,
        unspent,
        transactionCount,
      ]),
    ).toEqual([
      [2, 6 * MANY, 6 * MANY, 2 * MANY],
      [3, 3 * MANY, 9 * MANY, MANY],
    ]);
    await gateway.close();
    await chain.close();
  });
});

describe('balances of a chain that moves on', () => {
  it('stay as at the first page, and expire with its tip', async () => {
    const timeOf = (height: number) => 86_400 * (height + 1);
    const chain = await MovingChain.create([{ value: 10, script: p2pkhScript(2) }], await temporaryStore(), { timeOf });
    await chain.commit({ connect: [[], [], []] });
    const gateway = await serve(chain.store);
    const ask = async (after: string | null) => {
      const { data, errors } = await post(gateway.url, QUERY, { of: address, by: 'DAY', ...ALWAYS, first: 2, after });
      return { page: data?.address?.balances, code: errors?.[0]?.extensions.code };
    };
    const { endCursor } = (await ask(null)).page.pageInfo;
    const rest = (await ask(endCursor)).page;
    await chain.commit({ connect: [[], []] });
    expect((await ask(endCursor)).page).toEqual(rest);
    await chain.commit({ disconnect: 4, connect: [[], [], [], [], []] });
    expect((await ask(endCursor)).code).toBe('CURSOR_EXPIRED');
    await gateway.close();
    await chain.close();
  });
});
