import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { amount } from '../support/amount.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { showsThePast } from './past-of-chain.ts';
import { demoGateway, post, serve, type TestGateway } from './support.ts';

const RUNS = amount({ usual: 8, long: 400 });

const address = (key: number) => addressOf(p2pkhScript(key), networkById('btc-regtest'));

it('at says of each block what a chain that ends there says', { timeout: 240_000 }, async () => {
  await showsThePast(temporaryStore, RUNS);
});

describe('at', () => {
  let chain: MovingChain;
  let gateway: TestGateway;
  /** In block 2: pays the second key. */
  let payment: MadeTransaction;
  /** In block 3: spends the payment. */
  let spending: MadeTransaction;

  beforeAll(async () => {
    chain = await MovingChain.create([{ value: 5_000, script: p2pkhScript(1) }]);
    await chain.commit({ connect: [[]] });
    const outputs = [4_000, 900].map((value, i) => ({ value, script: p2pkhScript(2 + i) }));
    payment = chain.make([{ txid: chain.tip.transactions[0]!.transaction.txid, index: 0 }], outputs);
    await chain.commit({ connect: [[payment]] });
    spending = chain.make([{ txid: payment.transaction.txid, index: 0 }], [{ value: 3_000, script: p2pkhScript(3) }]);
    await chain.commit({ connect: [[spending], [], []] });
    gateway = await serve(chain.store);
  });

  afterAll(async () => {
    await gateway.close();
    await chain.close();
  });

  const ask = async (query: string, variables?: object) => {
    const { data, errors } = await post(gateway.url, query, variables);
    expect(errors).toBeUndefined();
    return data;
  };
  const failure = async (query: string, variables?: object) => {
    const { status, errors } = await post(gateway.url, query, variables);
    return { status, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
  };

  const OUTPUT = `transaction(txid: "TXID") { confirmations outputs(first: 1) { spentBy { transaction { txid } } } }`;
  const BALANCE = `address(address: "${address(2)}") { balance { unspent } unspentOutputs { nodes { value } } }`;

  it('reads several moments and the present in one request, and says which blocks they are', async () => {
    const fields = `chain { tip { height } } ${OUTPUT.replace('TXID', idOf(payment.transaction))} ${BALANCE}`;
    const hash = chain.now.blocks[3]!.hash;
    const query = `{ ${fields} a: at(height: 1) { ${fields} } b: at(height: 2) { ${fields} } at(hash: "${hash}") { ${fields} } }`;
    const { data, errors, extensions } = await post(gateway.url, query);
    expect(errors).toBeUndefined();
    const spentBy = { transaction: { txid: idOf(spending.transaction) } };
    const { a, b, at, ...now } = data;
    const has = (unspent: number) => ({
      balance: { unspent },
      unspentOutputs: { nodes: unspent === 0 ? [] : [{ value: unspent }] },
    });
    const tip = (height: number) => ({ tip: { height } });
    expect(a).toEqual({ chain: tip(1), transaction: null, address: has(0) });
    const [received, spent] = [{ spentBy: null }, { spentBy }];
    expect(b).toEqual({ chain: tip(2), transaction: { confirmations: 1, outputs: [received] }, address: has(4_000) });
    expect(at).toEqual({ chain: tip(3), transaction: { confirmations: 2, outputs: [spent] }, address: has(0) });
    expect(now).toEqual({ chain: tip(5), transaction: { confirmations: 4, outputs: [spent] }, address: has(0) });
    const block = (height: number) => ({ height, hash: chain.now.blocks[height]!.hash });
    expect(extensions).toMatchObject({ at: { a: block(1), b: block(2), at: block(3) }, chain: { tip: block(5) } });
  });

  it('has no extension where it is not asked', async () => {
    expect((await post(gateway.url, '{ chain { network } }')).extensions).not.toHaveProperty('at');
  });

  it('says the same compiled, with a fragment that the present shares', async () => {
    const query = `query ($h: Int) { ...Q at(height: $h) { ...Q } } fragment Q on Query { chain { tip { height } } ${BALANCE} }`;
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await ask(query, { h: 2 }));
    for (const { at, chain: now } of answers) {
      expect([at.chain.tip.height, at.address.balance.unspent, now.tip.height]).toEqual([2, 4_000, 5]);
    }
  });

  it.each([
    ['no block', 'at', 400, 'BAD_QUERY', 'exactly one'],
    ['two', 'at(height: 1, hash: "HASH")', 400, 'BAD_QUERY', 'exactly one'],
    ['a negative height', 'at(height: -1)', 400, 'BAD_QUERY', 'at least 0'],
    ['a height above the tip', 'at(height: 6)', 404, 'NOT_FOUND', 'the last indexed block has the height 5'],
    ['an unknown hash', `at(hash: "${'00'.repeat(32)}")`, 404, 'NOT_FOUND', 'No indexed block'],
  ])('refuses %s', async (_, field, status, ...[code, message]) => {
    const query = `{ ${field.replace('HASH', chain.tip.hash)} { chain { network } } }`;
    expect(await failure(query)).toEqual({ status, code, message: expect.stringContaining(message) });
  });

  it('is refused within another, and for what the node says', async () => {
    const { data, errors } = await post(
      gateway.url,
      '{ at(height: 1) { at(height: 1) { chain { network } } testTransactions(raws: []) { txid } } }',
    );
    expect(data).toEqual({ at: { at: null, testTransactions: null } });
    expect(errors?.map(({ path, extensions: { code } }) => [path, code])).toEqual([
      [['at', 'at'], 'BAD_QUERY'],
      [['at', 'testTransactions'], 'BAD_QUERY'],
    ]);
  });

  it('counts what is below it among the fields at the root, and costs what they cost', async () => {
    const roots = Array.from({ length: 20 }, (_, i) => `c${i}: chain { network }`).join(' ');
    expect(await failure(`{ at(height: 1) { ${roots} } }`)).toMatchObject({ status: 200 });
    expect(await failure(`{ at(height: 1) { ${roots} } mempool { count } }`)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const cost = async (query: string) => {
      const { extensions } = await post(gateway.url, query);
      return (extensions as { readonly cost: { readonly requested: number } }).cost.requested;
    };
    const fields = `${BALANCE} transactions(first: 50) { nodes { txid } }`;
    const [plain, past] = [
      await cost(`{ ${fields} }`),
      await cost(`{ a: at(height: 1) { ${fields} } b: at(height: 2) { ${fields} } }`),
    ];
    expect(past - 100).toBe(2 * (plain - 100 + 10));
  });
});

describe('at, of an index that begins within the chain', () => {
  const gateway = demoGateway();

  it('refuses what is not indexed, and says what is', async () => {
    const { status, errors } = await post(gateway.url, '{ at(height: 100) { chain { network } } }');
    expect([status, errors?.[0]?.extensions.code]).toEqual([404, 'NOT_FOUND']);
    expect(errors?.[0]?.message).toContain('the index has the blocks 357238 to 357238');
  });

  it('knows no balance, only what was received and spent', async () => {
    const of = '1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTz';
    const fields = `address(address: "${of}") { balance { received unspent } balances(by: DAY) { nodes { received unspent partial } } }`;
    const { data, errors } = await post(gateway.url, `{ at(height: 357238) { ${fields} } ${fields} }`);
    expect(errors).toBeUndefined();
    expect(data.at.address).toEqual(data.address);
    const { balance, balances } = data.address;
    expect(balance.unspent).toBeNull();
    expect(balances.nodes).toEqual([{ received: balance.received, unspent: null, partial: true }]);
  });
});

describe('a list within at', () => {
  const PAGE = `query ($h: Int, $hash: Hash, $after: Cursor) { at(height: $h, hash: $hash) { transactions(first: 2, after: $after) {
    nodes { txid } pageInfo { endCursor hasNextPage } } } }`;

  const withChain = async (work: (chain: MovingChain, gateway: TestGateway) => Promise<void>) => {
    const chain = await MovingChain.create([{ value: 5_000, script: p2pkhScript(1) }]);
    await chain.commit({ connect: Array.from({ length: 5 }, () => []) });
    const gateway = await serve(chain.store);
    await work(chain, gateway).finally(async () => {
      await gateway.close();
      await chain.close();
    });
  };
  const page = async (gateway: TestGateway, variables: object) => {
    const { data, errors } = await post(gateway.url, PAGE, variables);
    return { ...data?.at?.transactions, code: errors?.[0]?.extensions.code };
  };

  it('goes on while blocks follow, from cursors of its own', async () => {
    await withChain(async (chain, gateway) => {
      const expected = chain.now.blocks
        .slice(0, 4)
        .map(({ transactions }) => idOf(transactions[0]!.transaction))
        .reverse();
      const first = await page(gateway, { h: 3 });
      await chain.commit({
        connect: [[], []],
        arrive: [chain.make([{ txid: chain.tip.transactions[0]!.transaction.txid, index: 0 }], [])],
      });
      const after = first.pageInfo.endCursor;
      const second = await page(gateway, { h: 3, after });
      expect([...first.nodes, ...second.nodes].map(({ txid }: { readonly txid: string }) => txid)).toEqual(expected);
      expect(second.pageInfo.hasNextPage).toBe(false);
      expect((await page(gateway, { h: 4, after })).code).toBe('BAD_CURSOR');
      const plain = await post(
        gateway.url,
        'query ($after: Cursor) { transactions(after: $after) { nodes { txid } } }',
        { after },
      );
      expect(plain.errors?.[0]?.extensions.code).toBe('BAD_CURSOR');
    });
  });

  it('expires where its block leaves the main chain', async () => {
    await withChain(async (chain, gateway) => {
      const { hash } = chain.now.blocks[4]!;
      const after = (await page(gateway, { h: 4 })).pageInfo.endCursor;
      await chain.commit({ disconnect: 1, connect: [[], []] });
      expect((await page(gateway, { h: 4, after })).code).toBeUndefined();
      await chain.commit({ disconnect: 3, connect: [[], [], [], []] });
      expect((await page(gateway, { h: 4, after })).code).toBe('CURSOR_EXPIRED');
      expect((await page(gateway, { hash })).code).toBe('NOT_FOUND');
    });
  });
});
