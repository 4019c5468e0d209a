import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { idOf, LEFT_AT, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const script = p2pkhScript;
const address = (key: number) => addressOf(p2pkhScript(key), networkById('btc-regtest'));

const TRANSACTION = `query ($txid: Hash!) { transaction(txid: $txid) {
  txid block { height } blockIndex confirmations firstSeen removed { reason date by } replacedBy
  conflicts { txid confirmations removed { reason } }
} }`;

describe('a gateway whose index follows a mempool', () => {
  let chain: MovingChain;
  let gateway: TestGateway;
  /** Pays the second key, from an output that the first one mined. */
  let payment: MadeTransaction;

  beforeEach(async () => {
    chain = await MovingChain.create([{ value: 5_000, script: script(1) }]);
    await chain.commit({ connect: [[]] });
    gateway = await serve(chain.store);
    payment = chain.make(
      [coinbaseOutput()],
      [
        { value: 4_000, script: script(2) },
        { value: 900, script: script(1) },
      ],
    );
    await chain.commit({ arrive: [payment] });
  });

  afterEach(async () => {
    await gateway.close();
    await chain.close();
  });

  const coinbaseOutput = () => ({ txid: chain.tip.transactions[0]!.transaction.txid, index: 0 });
  const id = ({ transaction }: MadeTransaction) => idOf(transaction);

  const ask = async (query: string, variables?: object) => {
    const { data, errors } = await post(gateway.url, query, variables);
    expect(errors).toBeUndefined();
    return data;
  };
  const transaction = async (made: MadeTransaction) => (await ask(TRANSACTION, { txid: id(made) })).transaction;

  it('shows an unconfirmed transaction, and when it was first seen even after a block holds it', async () => {
    const { firstSeen } = chain.now.pending[0]!;
    const common = { txid: id(payment), firstSeen, removed: null, replacedBy: null, conflicts: [] };
    expect(await transaction(payment)).toEqual({ ...common, block: null, blockIndex: null, confirmations: 0 });
    await chain.commit({ connect: [[payment], []] });
    expect(await transaction(payment)).toEqual({ ...common, block: { height: 2 }, blockIndex: 1, confirmations: 2 });
    const { block } = await ask('{ block(height: 2) { transactions { nodes { firstSeen } } } }');
    expect(block.transactions.nodes).toEqual([{ firstSeen: null }, { firstSeen }]);
  });

  it('shows what replaced a transaction, for as long as it is known', async () => {
    const better = chain.make([coinbaseOutput()], [{ value: 4_500, script: script(2) }]);
    await chain.commit({ arrive: [better], leave: [{ id: id(payment), reason: 'replaced', by: id(better) }] });
    expect(await transaction(payment)).toMatchObject({
      block: null,
      confirmations: 0,
      removed: { reason: 'REPLACED', date: new Date(LEFT_AT).toISOString(), by: id(better) },
      replacedBy: id(better),
      conflicts: [{ txid: id(better), confirmations: 0, removed: null }],
    });
    expect(await transaction(better)).toMatchObject({
      removed: null,
      replacedBy: null,
      conflicts: [{ txid: id(payment), confirmations: 0, removed: { reason: 'REPLACED' } }],
    });
    await chain.sweep();
    expect(await transaction(payment)).toBeNull();
    expect(await transaction(better)).toMatchObject({ conflicts: [] });
  });

  it('lists conflicts in blocks first, and each transaction once', async () => {
    const better = chain.make([coinbaseOutput()], [{ value: 4_500, script: script(2) }]);
    const mined = chain.make([coinbaseOutput()], [{ value: 4_700, script: script(2) }]);
    await chain.commit({ arrive: [better], leave: [{ id: id(payment), reason: 'replaced', by: id(better) }] });
    await chain.commit({ arrive: [payment], leave: [{ id: id(better), reason: 'evicted' }] });
    await chain.commit({ connect: [[mined]], leave: [{ id: id(payment), reason: 'conflict', by: id(mined) }] });
    expect(await transaction(payment)).toMatchObject({
      removed: { reason: 'CONFLICT', by: id(mined) },
      replacedBy: null,
      conflicts: [
        { txid: id(mined), confirmations: 1, removed: null },
        { txid: id(better), confirmations: 0, removed: { reason: 'EVICTED' } },
      ],
    });
  });

  it('finds a transaction again that a reorganisation made pending', async () => {
    await chain.commit({ connect: [[payment]] });
    expect(await transaction(payment)).toMatchObject({ confirmations: 1 });
    await chain.commit({ disconnect: 1, connect: [[], []], arrive: [payment] });
    expect(await transaction(payment)).toMatchObject({ block: null, confirmations: 0, removed: null });
  });

  it('reports a transaction of a disconnected block as removed with it, unless it is still somewhere', async () => {
    await chain.commit({ connect: [[payment]] });
    await chain.commit({
      disconnect: 1,
      connect: [[], []],
      arrive: [payment],
      leave: [{ id: id(payment), reason: 'reorganised' }],
    });
    expect(await transaction(payment)).toMatchObject({ block: null, removed: { reason: 'REORGANISED' } });
  });

  it('lists transactions that left without being in a block if the filter asks for them, as `transaction` shows them', async () => {
    const better = chain.make([coinbaseOutput()], [{ value: 4_500, script: script(2) }]);
    await chain.commit({ arrive: [better], leave: [{ id: id(payment), reason: 'replaced', by: id(better) }] });
    const QUERY = `query ($filter: TransactionFilter, $after: Cursor) { transactions(filter: $filter, first: 1, after: $after) {
      nodes { txid block { height } removed { reason by } } pageInfo { endCursor hasNextPage }
    } }`;
    const nodesOf = async (filter: object) => (await ask(QUERY, { filter })).transactions.nodes;
    const shown = { txid: id(payment), block: null, removed: { reason: 'REPLACED', by: id(better) } };
    const txids = [id(payment)];
    expect(await nodesOf({ txids })).toEqual([]);
    expect(await nodesOf({ txids, removed: false })).toEqual([]);
    const lists = [{ txids }, { txids: [id(better), id(payment)] }, { address: address(2) }, {}, { confirmed: false }];
    for (const list of lists) expect(await nodesOf({ ...list, removed: true })).toEqual([shown]);
    for (const none of [
      { txids: [id(better)] },
      { address: address(3) },
      { confirmed: true },
      { block: { from: 0 } },
    ]) {
      expect(await nodesOf({ ...none, removed: true })).toEqual([]);
    }
    await chain.commit({ leave: [{ id: id(better), reason: 'evicted' }] });
    const first = (await ask(QUERY, { filter: { removed: true } })).transactions;
    expect(first.nodes).toMatchObject([{ txid: id(better), removed: { reason: 'EVICTED' } }]);
    // A transaction that returns is no longer removed; when it leaves again, it is removed once.
    await chain.commit({ arrive: [better] });
    expect(await nodesOf({ removed: true })).toEqual([shown]);
    const { nodes, pageInfo } = (await ask(QUERY, { filter: { removed: true }, after: first.pageInfo.endCursor }))
      .transactions;
    expect([nodes, pageInfo.hasNextPage]).toEqual([[shown], false]);
    await chain.commit({ leave: [{ id: id(better), reason: 'expired' }] });
    expect(await nodesOf({ txids: [id(better)], removed: true })).toMatchObject([{ removed: { reason: 'EXPIRED' } }]);
    await chain.commit({ connect: [[better]] });
    expect(await nodesOf({ txids: [id(better)], removed: true })).toEqual([]);
    await chain.sweep();
    expect(await nodesOf({ removed: true })).toEqual([]);
  });

  it('filters by confirmation, and by conditions that only blocks have', async () => {
    const idsOf = async (filter: string) => {
      const { transactions } = await ask(`{ transactions(filter: { ${filter} }) { nodes { txid } } }`);
      return transactions.nodes.map(({ txid }: { txid: string }) => txid);
    };
    const coinbases = chain.now.blocks.map(({ transactions }) => id(transactions[0]!)).reverse();
    expect(await idsOf('')).toEqual([id(payment), ...coinbases]);
    expect(await idsOf('confirmed: false')).toEqual([id(payment)]);
    expect(await idsOf('coinbase: false')).toEqual([id(payment)]);
    expect(await idsOf(`address: "${address(2)}", confirmed: false`)).toEqual([id(payment)]);
    for (const filter of ['confirmed: true', 'coinbase: true', 'block: { from: 0 }', 'time: { from: 0 }']) {
      expect(await idsOf(filter)).toEqual(coinbases);
    }
    for (const none of ['confirmed: false, coinbase: true', 'confirmed: false, block: { from: 0 }']) {
      expect(await idsOf(none)).toEqual([]);
    }
  });

  it('includes pending transactions in those of an address, but not in its balance', async () => {
    const query = `query ($address: String!) { address(address: $address) {
      balance { received spent unspent transactionCount } transactions { nodes { txid } }
      unspentOutputs { nodes { transaction { txid } index value spentBy { index } } }
    } }`;
    const { address: first } = await ask(query, { address: address(1) });
    expect(first.balance).toEqual({ received: 5_000, spent: 0, unspent: 5_000, transactionCount: 2 });
    expect(first.transactions.nodes[0]).toEqual({ txid: id(payment) });
    expect(first.unspentOutputs.nodes).toEqual([
      { transaction: { txid: id(payment) }, index: 1, value: 900, spentBy: null },
    ]);
    const { address: second } = await ask(query, { address: address(2) });
    expect(second.balance).toEqual({ received: 0, spent: 0, unspent: 0, transactionCount: 0 });
    expect(second.unspentOutputs.nodes).toMatchObject([{ index: 0, value: 4_000 }]);
    const { block } = await ask(
      '{ block(height: 1) { transactions { nodes { outputs { spentBy { transaction { txid } } } } } } }',
    );
    expect(block.transactions.nodes[0].outputs).toEqual([{ spentBy: { transaction: { txid: id(payment) } } }]);
  });

  it('shows stale blocks by their hash, unchanged', async () => {
    const { hash: lower } = chain.tip;
    await chain.commit({ connect: [[payment]] });
    const { hash: stale } = chain.tip;
    await chain.commit({ disconnect: 2, connect: [[], [], []] });
    const query = `query ($hash: Hash!) { block(hash: $hash) {
      hash height onMainChain confirmations previous { hash onMainChain previous { height onMainChain } } next { hash }
      transactions(first: 1) { nodes { block { hash } confirmations } pageInfo { endCursor } }
    } }`;
    const { block } = await ask(query, { hash: stale });
    expect(block).toMatchObject({
      hash: stale,
      height: 2,
      onMainChain: false,
      confirmations: 0,
      previous: { hash: lower, onMainChain: false, previous: { height: 0, onMainChain: true } },
      next: null,
      transactions: { nodes: [{ block: { hash: stale }, confirmations: 0 }] },
    });
    const rest = `query ($hash: Hash!, $after: Cursor) { block(hash: $hash) {
      transactions(after: $after) { nodes { txid blockIndex } }
    } }`;
    const after = block.transactions.pageInfo.endCursor;
    const { block: found } = await ask(rest, { hash: stale, after });
    expect(found.transactions.nodes).toEqual([{ txid: id(payment), blockIndex: 1 }]);
    const { block: main } = await ask('{ block(height: 2) { hash onMainChain confirmations next { height } } }');
    expect(main).toMatchObject({ onMainChain: true, confirmations: 2, next: { height: 3 } });
    expect(main.hash).not.toBe(stale);
    const other = await post(gateway.url, rest, { hash: main.hash, after });
    expect(other.errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
  });

  it('sums up the mempool once it has read it, and reports other branches', async () => {
    const query = `{ mempool { count virtualSize fees histogram { feeRateFrom count virtualSize } }
      chain { split { height hash branchLength status } } }`;
    expect(await ask(query)).toEqual({ mempool: null, chain: { split: [] } });
    const histogram = [{ from: 0.5, count: 1, virtualSize: 100 }];
    chain.summarise({ count: 1, virtualSize: 100, fees: 100, histogram });
    await chain.commit({ connect: [[]] });
    const tip = { height: 2, hash: '00'.repeat(32), branchLength: 1, status: 'valid-fork' };
    await chain.observe([tip]);
    expect(await ask(query)).toEqual({
      mempool: {
        count: 1,
        virtualSize: 100,
        fees: 100,
        histogram: [{ feeRateFrom: 0.5, count: 1, virtualSize: 100 }],
      },
      chain: { split: [tip] },
    });
  });

  describe('with a cursor', () => {
    const PAGE = `query ($filter: TransactionFilter, $after: Cursor, $order: Order! = NEWEST_FIRST) {
      transactions(first: 1, filter: $filter, after: $after, order: $order) { nodes { txid block { height } } pageInfo { endCursor hasNextPage } }
    }`;
    const page = async (variables: object) => (await ask(PAGE, variables)).transactions;
    const codeOf = async (variables: object) => {
      const { status, errors } = await post(gateway.url, PAGE, variables);
      return [status, errors?.[0]?.extensions.code];
    };

    it('shows as pending what was pending on the first page, and does not repeat it once a block holds it', async () => {
      const later = chain.make([{ txid: payment.transaction.txid, index: 0 }], [{ value: 1, script: script(2) }]);
      await chain.commit({ arrive: [later] });
      const filters = [{}, { txids: [id(payment), id(later)] }, { address: address(2) }];
      const first = await Promise.all(filters.map((filter) => page({ filter })));
      await chain.commit({ connect: [[payment, later]] });
      for (const [i, { nodes, pageInfo }] of first.entries()) {
        expect(nodes).toEqual([{ txid: id(later), block: null }]);
        const second = await page({ filter: filters[i], after: pageInfo.endCursor });
        expect(second.nodes).toEqual([{ txid: id(payment), block: null }]);
        expect(second.pageInfo.hasNextPage).toBe(i === 0);
      }
    });

    it('continues below a reorganisation, and expires if the rest of the list was above it', async () => {
      await chain.commit({ connect: [[payment], [], []] });
      const below = { block: { to: 2 } };
      const orders = ['NEWEST_FIRST', 'OLDEST_FIRST'] as const;
      const ended = await Promise.all(orders.map((order) => page({ filter: below, order })));
      const timed = { time: { to: new Date(chain.now.blocks[2]!.time * 1_000).toISOString() }, block: { to: 2 } };
      const byTime = await page({ filter: timed, order: 'OLDEST_FIRST' });
      const all = await Promise.all(orders.map((order) => page({ order })));
      const low = await page({ order: 'NEWEST_FIRST', filter: { block: { to: 3 } } });
      const lower = await page({ filter: { block: { to: 3 } }, after: low.pageInfo.endCursor });
      await chain.commit({ disconnect: 2, connect: [[], [], []] });
      const expired = [410, 'CURSOR_EXPIRED'];
      for (const [i, order] of orders.entries()) {
        const heights: number[] = [ended[i]!.nodes[0].block.height];
        for (let { pageInfo } = ended[i]!; pageInfo.hasNextPage; ) {
          const next = await page({ filter: below, order, after: pageInfo.endCursor });
          heights.push(next.nodes[0].block.height);
          pageInfo = next.pageInfo;
        }
        expect(heights).toEqual(i === 0 ? [2, 2, 1, 0] : [0, 1, 2, 2]);
        expect(await codeOf({ order, after: all[i]!.pageInfo.endCursor })).toEqual(expired);
      }
      const after = byTime.pageInfo.endCursor;
      expect((await page({ filter: timed, order: 'OLDEST_FIRST', after })).nodes).toMatchObject([
        { block: { height: 1 } },
      ]);
      // The first page showed a block that is gone; the rest of the list is below it.
      expect(lower.nodes).toMatchObject([{ block: { height: 2 } }]);
      for (const { pageInfo } of [low, lower]) {
        const { nodes } = await page({ filter: { block: { to: 3 } }, after: pageInfo.endCursor });
        expect(nodes).toMatchObject([{ block: { height: 2 } }]);
      }
    });

    it('says when pending transactions are forgotten, but continues below them', async () => {
      const newest = await page({});
      const oldest = await page({ order: 'OLDEST_FIRST' });
      const below = await page({ after: newest.pageInfo.endCursor });
      expect(below.nodes).toMatchObject([{ block: { height: 1 } }]);
      const unspent = `query ($after: Cursor) { address(address: "${address(1)}") {
        unspentOutputs(first: 1, after: $after) { pageInfo { endCursor } }
      } }`;
      const { unspentOutputs } = (await ask(unspent)).address;
      await chain.commit({ leave: [{ id: id(payment), reason: 'expired' }] });
      await chain.sweep();
      const gone = [410, 'CURSOR_EXPIRED'];
      expect(await codeOf({ after: newest.pageInfo.endCursor })).toEqual(gone);
      expect(await codeOf({ after: oldest.pageInfo.endCursor, order: 'OLDEST_FIRST' })).toEqual(gone);
      const { nodes } = await page({ after: below.pageInfo.endCursor });
      expect(nodes).toMatchObject([{ block: { height: 0 } }]);
      const { errors } = await post(gateway.url, unspent, { after: unspentOutputs.pageInfo.endCursor });
      expect(errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
    });

    it('refuses one of another index among unconfirmed transactions, and continues with it in blocks', async () => {
      const rewards = [{ value: 5_000, script: script(1) }];
      const other = await MovingChain.create(rewards);
      await other.commit({ connect: [[]] });
      expect(other.tip.hash).toBe(chain.tip.hash);
      const unspent = `query ($after: Cursor) { address(address: "${address(1)}") {
        unspentOutputs(first: 1, after: $after) { pageInfo { endCursor } }
      } }`;
      const newest = await page({});
      const oldest = await page({ order: 'OLDEST_FIRST' });
      const inBlocks = await page({ after: newest.pageInfo.endCursor });
      const { unspentOutputs } = (await ask(unspent)).address;
      const arrived = other.make([coinbaseOutput()], [{ value: 4_000, script: script(2) }]);
      await other.commit({ arrive: [arrived] });
      const elsewhere = await serve(other.store);
      const refused = { code: 'BAD_CURSOR', message: expect.stringContaining('belongs to another index') };
      const errorsOf = async (query: string, variables: object) => {
        const { errors } = await post(elsewhere.url, query, variables);
        return errors?.map(({ message, extensions }) => ({ message, code: extensions.code }));
      };
      const before = 'query ($before: Cursor) { transactions(last: 1, before: $before) { nodes { txid } } }';
      expect(await errorsOf(PAGE, { after: inBlocks.pageInfo.endCursor })).toBeUndefined();
      expect(await errorsOf(PAGE, { after: newest.pageInfo.endCursor })).toEqual([refused]);
      expect(await errorsOf(PAGE, { after: oldest.pageInfo.endCursor, order: 'OLDEST_FIRST' })).toEqual([refused]);
      expect(await errorsOf(before, { before: inBlocks.pageInfo.endCursor })).toEqual([refused]);
      expect(await errorsOf(unspent, { after: unspentOutputs.pageInfo.endCursor })).toEqual([refused]);
      await elsewhere.close();
      await other.close();
    });

    it('refuses one that it cannot have issued', async () => {
      const { endCursor } = (await page({})).pageInfo;
      const forged = (change: (bytes: Buffer) => void) => {
        const bytes = Buffer.from(endCursor, 'base64url');
        change(bytes);
        return { after: bytes.toString('base64url') };
      };
      const COMMIT_AT = 42;
      const damaged = [400, 'BAD_CURSOR'];
      const expired = [410, 'CURSOR_EXPIRED'];
      expect(await codeOf(forged((bytes) => bytes.writeUInt8(1, 0)))).toEqual(damaged);
      expect(await codeOf(forged((bytes) => bytes.writeUInt8(0, COMMIT_AT)))).toEqual(damaged);
      expect(await codeOf(forged((bytes) => bytes.fill(0xff, COMMIT_AT, COMMIT_AT + 8)))).toEqual(expired);
      expect(await codeOf(forged((bytes) => bytes.writeUInt32BE(0x8000_0000, COMMIT_AT)))).toEqual([200, undefined]);
      await chain.restart([]);
      expect(await codeOf(forged((bytes) => bytes.fill(0xff, COMMIT_AT + 4, COMMIT_AT + 8)))).toEqual(expired);
      for (const position of [0x00, 0x7f, 0x80, 0xff]) {
        const answer = await codeOf(forged((bytes) => bytes.fill(position, COMMIT_AT + 8, COMMIT_AT + 20)));
        expect(answer).toEqual([200, undefined]);
      }
    });
  });
});
