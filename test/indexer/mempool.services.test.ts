import { encodeTokenPrefix, NonFungibleTokenCapability } from '@bitauth/libauth';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINER } from '../../dev/lock.ts';
import { changeOf, payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import type { Coin } from '../../dev/transaction-builder.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { tokenPrefix } from '../../indexer/node/unspent-outputs.ts';
import { toHex } from '../../src/chain/bytes.ts';
import { BitqlError } from '../../src/errors.ts';
import { rpcCode } from '../../src/rpc/codes.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Rpc } from '../../src/rpc/rpc.ts';
import { sendRawTransaction } from '../../src/rpc/transactions.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { FakeNode } from '../support/fake-node.ts';

const UNKNOWN = '11'.repeat(32);

function liveNode(url: string): LiveNode {
  return new LiveNode(parseNodeAddress(url));
}

function rpcOf(url: string): Rpc {
  return new Rpc(parseNodeAddress(url));
}

describeWith('bitcoind')('the mempool of a live node', ({ bitcoind }) => {
  let node: RegtestNode;
  let live: LiveNode;
  let coins: Coin[];

  const coin = () => coins.pop()!;
  const send = (hex: string) => node.rpc<string>('sendrawtransaction', hex);

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    coins = await mineCoins(node, 20);
    live = liveNode(node.urlWithPassword);
  });

  afterAll(() => node.close());

  it('is returned whole, with its tip', async () => {
    expect(await live.mempool()).toEqual({ tip: await node.rpc('getbestblockhash'), txids: [] });
    const txids = [await send(payment([coin()]).hex), await send(payment([coin()]).hex)];
    expect((await live.mempool())!.txids.toSorted()).toEqual(txids.toSorted());
    const [tip] = await node.mine(1);
    expect(await live.mempool()).toEqual({ tip, txids: [] });
  });

  it('is requested again while the tip changes, but not forever', async () => {
    for (const [changes, outcome] of [
      [1, 'told'],
      [Number.POSITIVE_INFINITY, 'given up'],
    ] as const) {
      let mined = 0;
      await using front = await FakeNode.before(node, ({ method }) => {
        if (method !== 'getbestblockhash' || mined > changes) return null;
        return { result: (mined++).toString(16).padStart(64, '0') };
      });
      const whole = await liveNode(front.url).mempool();
      if (outcome === 'told') expect(whole!.tip).toBe(await node.rpc('getbestblockhash'));
      else expect(whole).toBeNull();
      expect(front.asked('getrawmempool')).toBeLessThan(10);
    }
  });

  it('gives transactions by txid, with the time at which they came', async () => {
    const time = Math.floor(Date.now() / 1000);
    const parent = payment([coin()]);
    const child = payment([changeOf(parent)]);
    for (const { hex } of [parent, child]) await send(hex);
    const found = await live.mempoolTransactions([child.txid, UNKNOWN, parent.txid, child.txid]);
    expect(found.map((one) => one && [one.txid, toHex(one.raw)])).toEqual([
      [child.txid, child.hex],
      null,
      [parent.txid, parent.hex],
      [child.txid, child.hex],
    ]);
    expect(Math.abs(found[0]!.time - time)).toBeLessThan(60);
    await node.mine(1);
    expect(await live.mempoolTransactions([child.txid, parent.txid])).toEqual([null, null]);
    expect(await live.mempoolTransactions([])).toEqual([]);
  });

  it('gives many transactions in several batches', async () => {
    let change = coin();
    const txids: string[] = [];
    for (let n = 0; n < 20; n++) {
      const built = payment([change]);
      txids.push(await send(built.hex));
      change = changeOf(built);
    }
    const together: number[] = [];
    await using front = await FakeNode.before(node, (question) => {
      if (question.method === 'getrawtransaction') together.push(question.together!);
      // Entries that claim to be large: few fit in one answer.
      return question.method === 'getmempoolentry' ? { result: { weight: 3_000_000, time: 1 } } : null;
    });
    const found = await liveNode(front.url).mempoolTransactions(txids);
    expect(found.map((one) => one?.txid)).toEqual(txids);
    expect(Math.max(...together)).toBe(2);
    await node.mine(1);
  });

  it('may lose a transaction between the two calls, and returns no other instead', async () => {
    const built = payment([coin()]);
    const other = payment([coin()]);
    for (const { hex } of [built, other]) await send(hex);
    const gone = { code: -5, message: 'No such mempool transaction. Use -txindex or provide a block hash.' };
    await using losing = await FakeNode.before(node, ({ method, params }) =>
      method === 'getrawtransaction' && params?.[0] === built.txid ? { error: gone } : null,
    );
    const found = await liveNode(losing.url).mempoolTransactions([built.txid, other.txid]);
    expect(found.map((one) => one?.txid)).toEqual([undefined, other.txid]);
    for (const wrong of [other.hex, `${built.hex}00`, built.hex.slice(0, 40)]) {
      await using mixing = await FakeNode.before(node, ({ method }) =>
        method === 'getrawtransaction' ? { result: wrong } : null,
      );
      await expect(liveNode(mixing.url).mempoolTransactions([built.txid])).rejects.toMatchObject({
        code: 'NODE_REFUSED',
        message: expect.stringContaining('a transaction other than'),
      });
    }
    const refused = { code: -32601, message: 'Method not found' };
    await using without = await FakeNode.before(node, ({ method }) =>
      method === 'getmempoolentry' ? { error: refused } : null,
    );
    await expect(liveNode(without.url).mempoolTransactions([built.txid])).rejects.toMatchObject({
      code: 'NODE_REFUSED',
    });
    await node.mine(1);
  });

  it('is known to be full if the node has raised its minimum fee', async () => {
    expect(await live.isMempoolFull()).toBe(false);
    for (const [info, full] of [
      [{ mempoolminfee: 0.00002, minrelaytxfee: 0.00001 }, true],
      [{ mempoolminfee: 0.00001, minrelaytxfee: 0.00001 }, false],
      [{ mempoolminfee: 0.00001 }, null],
    ] as const) {
      await using front = await FakeNode.before(node, ({ method }) =>
        method === 'getmempoolinfo' ? { result: info } : null,
      );
      expect(await liveNode(front.url).isMempoolFull()).toBe(full);
    }
  });

  it('spends outputs that are still returned, as long as no block spends them', async () => {
    const first = coin();
    const built = payment([first], { outputs: [{ value: 12_345, script: MINER.script }] });
    const outpoints = [
      { txid: UNKNOWN, index: 0 },
      { txid: first.txid, index: 0 },
      { txid: built.txid, index: 0 },
      { txid: first.txid, index: 7 },
    ];
    const told = async () =>
      (await live.unspentOutputs(outpoints)).map((output) => output && [output.value, toHex(output.script)]);
    const script = toHex(MINER.script);
    expect(await told()).toEqual([null, [first.value, script], null, null]);
    await send(built.hex);
    expect(await told()).toEqual([null, [first.value, script], null, null]);
    await node.mine(1);
    expect(await told()).toEqual([null, null, [12_345, script], null]);
    expect(await live.unspentOutputs([])).toEqual([]);
  });
});

describeWith('bitcoind')('branches of a live node', ({ bitcoind }) => {
  it('are returned with the height at which they leave the main chain', async () => {
    await using node = await startRegtest({ bitcoind });
    const live = liveNode(node.urlWithPassword);
    const [, , , abandoned] = await node.mine(4);
    const fork = await node.rpc<string>('getblockhash', 3);
    await node.rpc('invalidateblock', fork);
    const branch = await node.mine(3, 'bcrt1q6z64a43mjgkcq0ul2znwneq3spghrlau9slefp');
    const active = { height: 5, hash: branch.at(-1), branchLength: 0, status: 'active' };
    const other = { height: 4, hash: abandoned, branchLength: 2 };
    expect(await live.chainTips()).toEqual([active, { ...other, status: 'invalid' }]);
    await node.rpc('reconsiderblock', fork);
    expect(await live.chainTips()).toEqual([active, { ...other, status: 'valid-fork' }]);
  });
});

describeWith('bitcoind')('a transaction that is sent', ({ bitcoind }) => {
  let node: RegtestNode;
  let rpc: Rpc;
  let coins: Coin[];

  const coin = () => coins.pop()!;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    coins = await mineCoins(node, 12);
    rpc = rpcOf(node.urlWithPassword);
  });

  afterAll(() => node.close());

  it('enters the mempool; sending it again is not a mistake until it is in a block', async () => {
    const { txid, hex } = payment([coin()]);
    expect(await sendRawTransaction(rpc, hex)).toBe(txid);
    expect(await sendRawTransaction(rpc, hex)).toBe(txid);
    expect(await node.rpc('getrawmempool')).toEqual([txid]);
    await node.mine(1);
    const refused = sendRawTransaction(rpc, hex);
    await expect(refused).rejects.toMatchObject({
      code: 'NODE_REFUSED',
      message: expect.stringMatching(/^The node refuses the transaction: .*already.*\(-27\)\.$/),
    });
  });

  it.each([
    [-27, 'txn-already-in-mempool'],
    [-27, 'Transaction already in the mempool'],
    [-26, '257: txn-already-known'],
  ])('that is in the mempool is not a mistake to other nodes either (%i %s)', async (code, message) => {
    const { txid, hex } = payment([coin()]);
    await using front = await FakeNode.before(node, ({ method }) =>
      method === 'sendrawtransaction' ? { error: { code, message } } : null,
    );
    const other = rpcOf(front.url);
    const reason = `The node refuses the transaction: ${message} (${code}).`;
    await expect(sendRawTransaction(other, hex)).rejects.toMatchObject({ code: 'NODE_REFUSED', message: reason });
    await node.rpc('sendrawtransaction', hex);
    expect(await sendRawTransaction(other, hex)).toBe(txid);
  });

  it('is refused with the reason that the node gives', async () => {
    const spent = coin();
    const unknown = { ...coin(), txid: UNKNOWN };
    const first = payment([spent]);
    await sendRawTransaction(rpc, first.hex);
    for (const [hex, message, code] of [
      [payment([unknown]).hex, 'bad-txns-inputs-missingorspent (-25)', -25],
      [payment([coin()], { fee: 0 }).hex, 'min relay fee not met', -26],
      [payment([spent], { fee: 10_001 }).hex, 'insufficient fee', -26],
      ['00', 'TX decode failed', -22],
      ['no hex', 'TX decode failed', -22],
    ] as const) {
      const error = await sendRawTransaction(rpc, hex).catch((reason: unknown) => reason as BitqlError);
      expect(error).toBeInstanceOf(BitqlError);
      expect(error).toMatchObject({ code: 'NODE_REFUSED', message: expect.stringContaining(message) });
      expect(rpcCode(error)).toBe(code);
    }
  });

  it('is distinguished from a node that does not answer or refuses the login', async () => {
    const { hex } = payment([coin()]);
    await expect(sendRawTransaction(rpcOf('http://a:b@127.0.0.1:1'), hex)).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
    });
    await expect(sendRawTransaction(rpcOf(`http://a:b@127.0.0.1:${node.port}`), hex)).rejects.toMatchObject({
      code: 'NODE_UNAUTHORIZED',
    });
  });

  it('that is replaced has left the mempool', async () => {
    const spent = coin();
    const first = payment([spent], { fee: 10_000 });
    const second = payment([spent], { fee: 50_000 });
    await sendRawTransaction(rpc, first.hex);
    await sendRawTransaction(rpc, second.hex);
    const live = liveNode(node.urlWithPassword);
    expect((await live.mempool())!.txids).toContain(second.txid);
    const [one, two] = await live.mempoolTransactions([first.txid, second.txid]);
    expect([one, two?.txid]).toEqual([null, second.txid]);
  });
});

describe('the CashTokens prefix of an output that BCHN returns in parts', () => {
  const CAPABILITIES = [
    NonFungibleTokenCapability.none,
    NonFungibleTokenCapability.mutable,
    NonFungibleTokenCapability.minting,
  ] as const;
  const token = fc.record({
    category: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    amount: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    nft: fc.option(
      fc.record({
        capability: fc.constantFrom(...CAPABILITIES),
        commitment: fc.uint8Array({ maxLength: 40 }),
      }),
      { nil: undefined },
    ),
    hasAmount: fc.boolean(),
  });

  it('equals that of the chain', () => {
    fc.assert(
      fc.property(token, ({ category, amount: some, nft, hasAmount }) => {
        const amount = hasAmount || nft === undefined ? some : 0n;
        const tokenData = {
          category: toHex(category),
          amount: String(amount),
          ...(nft && { nft: { capability: nft.capability, commitment: toHex(nft.commitment) } }),
        };
        const expected = encodeTokenPrefix({ category, amount, ...(nft && { nft }) });
        expect(toHex(tokenPrefix(tokenData, 'gettxout'))).toBe(toHex(expected));
      }),
    );
  });

  it.each([
    null,
    {},
    { category: '00', amount: '1' },
    { category: UNKNOWN, amount: 'one' },
    { category: UNKNOWN, amount: '0', nft: { capability: 'odd', commitment: '' } },
    { category: UNKNOWN, amount: '0', nft: { capability: 'none', commitment: '0' } },
  ])('is refused if it is not token data: %j', (tokenData) => {
    expect(() => tokenPrefix(tokenData, 'gettxout')).toThrow(expect.objectContaining({ code: 'NODE_REFUSED' }));
  });
});
