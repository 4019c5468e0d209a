import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from '../../dev/sandbox.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Rpc } from '../../src/rpc/rpc.ts';
import { FakeNode, type Answer as NodeAnswer, type Question } from '../support/fake-node.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const script = p2pkhScript;
const address = (key: number) => addressOf(script(key), networkById('btc-regtest'));
const id = ({ transaction }: MadeTransaction) => idOf(transaction);
const outputOf = ({ transaction }: MadeTransaction, index = 0) => ({ txid: transaction.txid, index });

const LIST = `query ($first: Int, $after: Cursor, $last: Int, $before: Cursor) { mempool {
  transactions(first: $first, after: $after, last: $last, before: $before) {
    nodes { txid effectiveFeeRate } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  }
} }`;

describe('a gateway whose index follows a mempool', () => {
  let chain: MovingChain;
  let gateway: TestGateway;
  /** Pays 100 satoshis, and its child 5,000; another pays 1,000. */
  let parent: MadeTransaction;
  let child: MadeTransaction;
  let other: MadeTransaction;

  const coin = (block: number) => outputOf(chain.now.blocks[block]!.transactions[0]!);
  const ask = async (query: string, variables: object = {}, { url } = gateway) => {
    const { data, errors } = await post(url, query, variables);
    expect(errors).toBeUndefined();
    return data;
  };
  const errorsOf = async (query: string, variables: object = {}) => {
    const { data, errors } = await post(gateway.url, query, variables);
    return [data, errors?.map(({ message, extensions }) => `${extensions.code}: ${message}`).join()];
  };
  const list = async (variables: object, at = gateway) => (await ask(LIST, variables, at)).mempool.transactions;
  const idsOf = ({ nodes }: { nodes: { txid: string }[] }) => nodes.map(({ txid }) => txid);
  const summarise = () => chain.summarise({ count: 3, virtualSize: 300, fees: 6_100, histogram: [] });

  beforeEach(async () => {
    chain = await MovingChain.create([{ value: 50_000, script: script(1) }]);
    await chain.commit({ connect: [[], [], [], []] });
    parent = chain.make([coin(1)], [{ value: 49_900, script: script(2) }]);
    child = chain.make([outputOf(parent)], [{ value: 44_900, script: script(3) }]);
    other = chain.make([coin(2)], [{ value: 49_000, script: script(1) }]);
    gateway = await serve(chain.store);
    summarise();
    await chain.commit({ arrive: [parent, child, other] });
  });

  afterEach(async () => {
    await gateway.close();
    await chain.close();
  });

  it('tells of a pending transaction what it depends on, what depends on it, and what it pays with them', async () => {
    const query = `query ($txid: Hash!) { transaction(txid: $txid) {
      fee virtualSize effectiveFeeRate replaceable
      ancestors { count virtualSize fees transactions { txid } } descendants { count fees transactions { txid } }
    } }`;
    const [first, second, third] = await Promise.all(
      [parent, child, other].map(async (one) => (await ask(query, { txid: id(one) })).transaction),
    );
    const both = (first.fee + second.fee) / (first.virtualSize + second.virtualSize);
    const none = { count: 0, fees: 0, transactions: [] };
    expect(first).toMatchObject({
      ...{ fee: 100, effectiveFeeRate: both, replaceable: false, ancestors: none },
      descendants: { count: 1, fees: 5_000, transactions: [{ txid: id(child) }] },
    });
    expect(second).toMatchObject({
      ...{ fee: 5_000, effectiveFeeRate: both, descendants: none },
      ancestors: { count: 1, fees: 100, virtualSize: first.virtualSize, transactions: [{ txid: id(parent) }] },
    });
    expect(third).toMatchObject({
      effectiveFeeRate: third.fee / third.virtualSize,
      ancestors: none,
      descendants: none,
    });
    await chain.commit({ connect: [[parent]] });
    expect((await ask(query, { txid: id(parent) })).transaction).toMatchObject({
      ...{ effectiveFeeRate: null, replaceable: null, ancestors: null, descendants: null },
    });
    const { effectiveFeeRate, ancestors } = (await ask(query, { txid: id(child) })).transaction;
    expect([effectiveFeeRate, ancestors.count]).toEqual([second.fee / second.virtualSize, 0]);
    await chain.commit({ leave: [{ id: id(child), reason: 'evicted' }] });
    expect((await ask(query, { txid: id(child) })).transaction).toMatchObject({
      effectiveFeeRate: null,
      descendants: null,
    });
  });

  it('has what a child must know to bring a stuck transaction to a fee rate, as docs/queries.md says', async () => {
    const query = `query ($txid: Hash!) { transaction(txid: $txid) {
      fee virtualSize effectiveFeeRate ancestors { fees virtualSize }
    } }`;
    const stuck = chain.make([outputOf(other)], [{ value: 48_990, script: script(2) }]);
    await chain.commit({ arrive: [stuck] });
    const { fee, virtualSize, ancestors, effectiveFeeRate } = (await ask(query, { txid: id(stuck) })).transaction;
    expect(effectiveFeeRate).toBeLessThan(1);
    expect(ancestors.fees).toBe(1_000);
    const wanted = 20;
    const bump = (fees: number) => chain.make([outputOf(stuck)], [{ value: 48_990 - fees, script: script(3) }]);
    const size = bump(0).transaction.bytes.length;
    await chain.commit({
      arrive: [bump(wanted * (size + virtualSize + ancestors.virtualSize) - fee - ancestors.fees)],
    });
    for (const one of [stuck, other]) {
      expect((await ask(query, { txid: id(one) })).transaction.effectiveFeeRate).toBe(wanted);
    }
  });

  it('leads from an input to the transaction that it spends from', async () => {
    const query = `query ($txid: Hash!) { transaction(txid: $txid) {
      inputs { previousTransaction { txid block { height } inputs { previousTransaction { txid coinbase inputs { previousTransaction { txid } } } } } }
    } }`;
    const mined = chain.now.blocks[1]!.transactions[0]!;
    expect((await ask(query, { txid: id(child) })).transaction.inputs).toEqual([
      {
        previousTransaction: {
          ...{ txid: id(parent), block: null },
          inputs: [
            { previousTransaction: { txid: id(mined), coinbase: true, inputs: [{ previousTransaction: null }] } },
          ],
        },
      },
    ]);
  });

  it('adds what is pending to a balance, so that it is what a wallet shows', async () => {
    const query = `query ($address: String!) { address(address: $address) {
      balance { received spent unspent pending { received spent transactionCount unspent } }
    } }`;
    const balanceOf = async (key: number) => (await ask(query, { address: address(key) })).address.balance;
    expect(await balanceOf(1)).toEqual({
      ...{ received: 200_000, spent: 0, unspent: 200_000 },
      pending: { received: 49_000, spent: 100_000, transactionCount: 2, unspent: 149_000 },
    });
    expect(await balanceOf(2)).toMatchObject({ unspent: 0, pending: { received: 49_900, spent: 49_900, unspent: 0 } });
    expect(await balanceOf(3)).toMatchObject({ unspent: 0, pending: { received: 44_900, spent: 0, unspent: 44_900 } });
    await chain.commit({ connect: [[parent, child, other]] });
    const empty = { received: 0, spent: 0, transactionCount: 0 };
    expect(await balanceOf(3)).toMatchObject({ unspent: 44_900, pending: { ...empty, unspent: 44_900 } });
  });

  it('lists the mempool by effective fee rate, parents first, and keeps to the order of the first page', async () => {
    const all = await list({});
    expect(idsOf(all)).toEqual([id(parent), id(child), id(other)]);
    expect(all.nodes[0].effectiveFeeRate).toBe(all.nodes[1].effectiveFeeRate);
    const first = await list({ first: 1 });
    const better = chain.make([coin(3)], [{ value: 1_000, script: script(2) }]);
    await chain.commit({ arrive: [better], leave: [{ id: id(other), reason: 'evicted' }], connect: [[parent]] });
    const after = first.pageInfo.endCursor;
    const rest = await list({ after });
    expect(idsOf(rest)).toEqual([id(child), id(other)]);
    expect([rest.nodes[0].effectiveFeeRate, rest.pageInfo.hasNextPage]).toEqual([all.nodes[0].effectiveFeeRate, false]);
    expect(idsOf(await list({ last: 1 }))).toEqual([id(child)]);
    expect(idsOf(await list({ last: 5, before: rest.pageInfo.endCursor }))).toEqual([id(parent), id(child)]);
    expect(idsOf(await list({}))).toEqual([id(better), id(child)]);
    // Another gateway makes the same order again, as long as what was pending is stored.
    const replica = await serve(chain.store);
    const poor = await serve(chain.store, { scanBudget: 2 });
    try {
      expect(await list({ after }, replica)).toEqual(rest);
      const refused = await post(poor.url, LIST, { after });
      expect(refused.errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
      await chain.sweep();
      const late = await post(replica.url, LIST, { after });
      expect(late.errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
    } finally {
      await Promise.all([replica.close(), poor.close()]);
    }
  });

  it('refuses what is no cursor of the list, and too many at once', async () => {
    const { pageInfo } = await list({ first: 1 });
    const bytes = Buffer.from(pageInfo.endCursor, 'base64url');
    bytes[bytes.length - 1]! += 1;
    const [, changed] = await errorsOf(LIST, { after: bytes.toString('base64url') });
    expect(changed).toMatch(/^BAD_CURSOR/);
    const { transactions } = await ask('{ transactions(first: 1) { pageInfo { endCursor } } }');
    expect((await errorsOf(LIST, { after: transactions.pageInfo.endCursor }))[1]).toMatch(/^BAD_CURSOR/);
    expect((await errorsOf(LIST, { first: 101 }))[1]).toMatch(/^BAD_QUERY/);
    expect((await errorsOf('{ projectedBlocks(first: 101) { fees } }'))[1]).toMatch(/^BAD_QUERY/);
    expect((await errorsOf('{ feeEstimates(targets: [0]) { projected { target } } }'))[1]).toMatch(/^BAD_QUERY/);
    expect((await errorsOf('{ feeEstimates(targets: []) { projected { target } } }'))[1]).toMatch(/^BAD_QUERY/);
  });

  it('projects the next blocks, and what has to be paid to be in them', async () => {
    const query = `{ projectedBlocks { target count weight virtualSize fees minFeeRate medianFeeRate maxFeeRate full }
      feeEstimates(targets: [3, 1]) { node { minimumFeeRate } projected { target feeRate } } }`;
    const rate = 5_100 / (2 * child.transaction.virtualSize);
    const { projectedBlocks, feeEstimates } = await ask(query);
    expect(projectedBlocks).toEqual([
      {
        ...{
          target: 1,
          count: 3,
          weight: 12 * child.transaction.virtualSize,
          virtualSize: 3 * child.transaction.virtualSize,
        },
        ...{
          fees: 6_100,
          minFeeRate: 1_000 / child.transaction.virtualSize,
          medianFeeRate: rate,
          maxFeeRate: rate,
          full: false,
        },
      },
    ]);
    const projected = [3, 1].map((target) => ({ target, feeRate: null }));
    expect(feeEstimates).toEqual({ node: null, projected });
    await chain.commit({ connect: [[parent, child, other]] });
    expect((await ask(query)).projectedBlocks).toEqual([]);
  });

  it('refuses to put a mempool in order that is too large, and answers the rest', async () => {
    chain.summarise({ count: 500_001, virtualSize: 1, fees: 1, histogram: [] });
    await chain.commit({ connect: [[]] });
    const [data, errors] = await errorsOf(
      '{ mempool { count transactions { nodes { txid } } } projectedBlocks { fees } }',
    );
    expect(data).toEqual({ mempool: { count: 500_001, transactions: null }, projectedBlocks: null });
    expect(errors).toMatch(/^BUDGET_EXCEEDED: The mempool has 500001 transactions/);
    const { transaction } = await ask(`{ transaction(txid: "${id(child)}") { effectiveFeeRate } }`);
    expect(transaction.effectiveFeeRate).toBeGreaterThan(0);
  });

  it('charges whoever makes it read the mempool in proportion, before it reads', async () => {
    const crowd = Array.from({ length: 300 }, (_, index) =>
      chain.make([{ txid: new Uint8Array(32).fill(9), index }], [{ value: 1, script: script(5) }]),
    );
    chain.summarise({ count: 303, virtualSize: 30_300, fees: 6_100, histogram: [] });
    await chain.commit({ arrive: crowd });
    const query = '{ projectedBlocks { count } }';
    await using sandbox = new Sandbox('order-prices');
    const access = new SqliteAccess(`${sandbox.folder}/access.db`);
    const tiers = parseTiers(JSON.stringify({ anonymous: { maxCost: 1_500 } }));
    const callers = { access, tiers, trustedProxies: [], maxSubscriptions: 1 };
    const poor = await serve(chain.store, { callers });
    // If it had read anything the first time, the second time would be cheap.
    for (let i = 0; i < 2; i++) {
      const { errors } = await post(poor.url, query);
      expect(errors?.[0]?.message).toContain('was found to cost more than 1500 while it ran');
    }
    await poor.close();
    await access.close();
    const charged = async () => {
      const { errors, extensions } = await post(gateway.url, query);
      expect(errors).toBeUndefined();
      return (extensions!.cost as { charged: number }).charged;
    };
    const [first, second] = [await charged(), await charged()];
    expect(first - second).toBeGreaterThan(5 * 303);
    await chain.commit({ leave: [{ id: id(crowd[0]!), reason: 'evicted' }] });
    expect(await charged()).toBe(second);
  });

  it('charges for relatives that it has read already, too', async () => {
    const line = [child];
    for (let i = 0; i < 20; i++)
      line.push(chain.make([outputOf(line.at(-1)!)], [{ value: 40_000 - i, script: script(4) }]));
    await chain.commit({ arrive: line.slice(1) });
    const charged = async (times: number) => {
      const fields = Array.from({ length: times }, (_, i) => `a${i}: effectiveFeeRate`).join(' ');
      const { extensions } = await post(gateway.url, `{ transaction(txid: "${id(child)}") { ${fields} } }`);
      return (extensions!.cost as { charged: number }).charged;
    };
    // Each looks at all 22, as parents and as children.
    expect((await charged(5)) - (await charged(1))).toBeGreaterThan(4 * 22 * 4);
  });

  it('refuses to follow more relatives than 1,000, and counts all up to there', async () => {
    const chainOf = (from: MadeTransaction, count: number): MadeTransaction[] => {
      const made = [chain.make([outputOf(from)], [{ value: 40_000, script: script(4) }])];
      while (made.length < count)
        made.push(chain.make([outputOf(made.at(-1)!)], [{ value: 40_000, script: script(4) }]));
      return made;
    };
    const line = chainOf(child, 998);
    await chain.commit({ arrive: line });
    const query = `query ($txid: Hash!) { transaction(txid: $txid) {
      ancestors { count transactions(first: 2) { txid } } descendants { count } effectiveFeeRate
    } }`;
    const { transaction } = await ask(query, { txid: id(line.at(-1)!) });
    const nearest = [line.at(-2)!, line.at(-3)!].map((one) => ({ txid: id(one) }));
    expect(transaction).toMatchObject({ ancestors: { count: 999, transactions: nearest }, descendants: { count: 0 } });
    await chain.commit({ arrive: chainOf(line.at(-1)!, 3) });
    const [data, errors] = await errorsOf(query, { txid: id(parent) });
    expect(data).toEqual({
      transaction: { ancestors: { count: 0, transactions: [] }, descendants: null, effectiveFeeRate: null },
    });
    expect(errors).toMatch(/^BUDGET_EXCEEDED: More than 1000 unconfirmed transactions/);
  });
});

describe("a gateway with a node's fee estimates", () => {
  const FEES = `query ($targets: [Int!]! = [2, 6], $mode: FeeEstimateMode! = ECONOMICAL) { feeEstimates(targets: $targets, mode: $mode) {
    node { minimumFeeRate estimates { target mode feeRate blocks errors } }
  } }`;

  /** What a node answers to the calls for fees. */
  const answersOf = async (script: (question: Question) => NodeAnswer | null, variables: object[]) => {
    const chain = await MovingChain.create([{ value: 50, script: script_(1) }]);
    const node = await FakeNode.alone(script);
    const gateway = await serve(chain.store, { node: new Rpc(parseNodeAddress(node.url)) });
    try {
      const answers = [];
      for (const each of variables) answers.push(await post(gateway.url, FEES, each));
      return { answers, calls: node.asked('estimatesmartfee'), infos: node.asked('getmempoolinfo') };
    } finally {
      await gateway.close();
      await node[Symbol.asyncDispose]();
      await chain.close();
    }
  };
  const script_ = p2pkhScript;
  const usual = ({ method, params = [] }: Question): NodeAnswer | null => {
    if (method === 'getmempoolinfo') return { result: { mempoolminfee: 0.00001, minrelaytxfee: 0.000001 } };
    if (method !== 'estimatesmartfee') return null;
    if (params[0] === 6) return { result: { errors: ['Insufficient data or no feerate found'], blocks: 6 } };
    return { result: { feerate: 0.00012345, blocks: 3 } };
  };

  it('asks the node once for all who ask within a moment, for each target and mode', async () => {
    const { answers, calls, infos } = await answersOf(usual, [{}, {}, { targets: [6, 2] }, { mode: 'CONSERVATIVE' }]);
    const two = { target: 2, mode: 'ECONOMICAL', feeRate: 12.345, blocks: 3, errors: [] };
    const six = {
      target: 6,
      mode: 'ECONOMICAL',
      feeRate: null,
      blocks: 6,
      errors: ['Insufficient data or no feerate found'],
    };
    const nodes = answers.map(({ data }) => data.feeEstimates.node);
    expect(nodes[0]).toEqual({ minimumFeeRate: 1, estimates: [two, six] });
    expect(nodes[1]).toEqual(nodes[0]);
    expect(nodes[2].estimates).toEqual([six, two]);
    expect(nodes[3].estimates[0]).toEqual({ ...two, mode: 'CONSERVATIVE' });
    expect([calls, infos]).toEqual([4, 1]);
  });

  it('has none of a node that makes none', async () => {
    for (const error of [
      { code: -32_601, message: 'Method not found' },
      { code: -32_603, message: 'Fee estimation disabled' },
    ]) {
      const { answers } = await answersOf(
        (question) => (question.method === 'estimatesmartfee' ? { error } : usual(question)),
        [{}],
      );
      expect(answers[0]).toMatchObject({ data: { feeEstimates: { node: { minimumFeeRate: 1, estimates: null } } } });
      expect(answers[0]!.errors).toBeUndefined();
    }
  });

  it('says in its place what the node refuses', async () => {
    const refuses = { error: { code: -1, message: 'no' } };
    const { answers, calls } = await answersOf(
      (question) => (question.method === 'estimatesmartfee' ? refuses : usual(question)),
      [{}, {}],
    );
    for (const { data, errors } of answers) {
      expect(data.feeEstimates.node).toEqual({ minimumFeeRate: 1, estimates: null });
      expect(errors).toMatchObject([
        { path: ['feeEstimates', 'node', 'estimates'], extensions: { code: 'NODE_REFUSED' } },
      ]);
    }
    expect(calls).toBe(2);
  });
});
