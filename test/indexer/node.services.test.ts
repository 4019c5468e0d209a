import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import { BlockFilesNode } from '../../indexer/node/block-files/block-files-node.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import type { ChainNode } from '../../indexer/node/node.ts';
import type { IndexerOptions } from '../../indexer/run.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { hashToHex, toHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import type { BlockHeader } from '../../src/chain/header.ts';
import type { NetworkId } from '../../src/chain/networks.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Pace } from '../../src/rpc/pace.ts';
import { decodeState } from '../../src/store/state.ts';
import { describeWith } from '../services/suite.ts';
import { type Answer, FakeNode, type Question, type Script } from '../support/fake-node.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { buildVariedChain, type VariedChain } from '../support/varied-chain.ts';

function nodeAt(url: string, cookie?: string): LiveNode {
  return new LiveNode(parseNodeAddress(url, cookie));
}

async function rawBlock(node: ChainNode, hash: string): Promise<string> {
  const { size, chunks } = await node.block(hash);
  const bytes = await buffer(chunks);
  expect(bytes.length).toBe(size);
  return bytes.toString('hex');
}

/** The outputs that a block spends, each as its value and script, so that a failure is readable. */
async function spentBy(node: ChainNode, hash: string): Promise<string[][] | null> {
  const lists = await node.spentOutputs(hash);
  if (lists === null) return null;
  const written: string[][] = [];
  for await (const outputs of lists) written.push(outputs.map(({ value, script }) => `${value} ${toHex(script)}`));
  return written;
}

function hashesOf(headers: readonly BlockHeader[]): string[] {
  return headers.map(({ hash }) => hashToHex(hash));
}

/** The same node; failures of `info` are recorded. */
function noting(failures: string[], node: ChainNode): ChainNode {
  const info = () =>
    node.info().catch((error: Error) => {
      failures.push(error.message);
      throw error;
    });
  return new Proxy(node, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (name === 'info') return info;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Runs the indexer once on a store that becomes unavailable, and gathers its warnings. */
async function indexOnce(options: Partial<IndexerOptions> & Pick<IndexerOptions, 'node'>, warnings: string[] = []) {
  const store = options.store ?? (await temporaryStore());
  try {
    await indexQuietly({
      leaseMs: 10_000,
      store,
      log: { info() {}, warn: (message) => warnings.push(message) },
      once: true,
      ...options,
    });
    return decodeState((await store.readState())!.value);
  } finally {
    if (options.store === undefined) await store.close();
  }
}

describeWith('bitcoind')('a live node', ({ bitcoind }) => {
  let node: RegtestNode;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    await node.mine(12);
  });

  afterAll(() => node.close());

  it('returns its network, tip and headers', async () => {
    const [tip] = await Promise.all([node.rpc('getbestblockhash')]);
    expect(await nodeAt(node.urlWithPassword).info()).toMatchObject({
      currency: 'BTC',
      chain: 'regtest',
      version: expect.stringContaining('/Satoshi:'),
      tip: { height: 12, hash: tip },
      headers: 12,
      lowestBlock: 0,
    });
  });

  it('gives the same raw block by REST and by RPC', async () => {
    const hash = await node.rpc<string>('getblockhash', 5);
    const raw = await node.rpc<string>('getblock', hash, 0);
    expect(await rawBlock(nodeAt(node.urlWithPassword), hash)).toBe(raw);
    await using silent = await startRegtest({ bitcoind, rest: false });
    const [own] = await silent.mine(1);
    expect(await rawBlock(nodeAt(silent.urlWithPassword), own!)).toBe(await silent.rpc('getblock', own, 0));
  });

  it('refuses a block that it does not have', async () => {
    const unknown = '11'.repeat(32);
    const refused = { code: 'NODE_REFUSED', message: expect.stringContaining('not found') };
    await expect(nodeAt(node.urlWithPassword).block(unknown)).rejects.toMatchObject(refused);
    await using restless = await FakeNode.before(node, withoutRest);
    await expect(nodeAt(restless.url).block(unknown)).rejects.toMatchObject(refused);
  });

  it('counts the transactions of its main chain', async () => {
    const live = nodeAt(node.urlWithPassword);
    for (const height of [0, 1, 2, 12]) {
      expect(await live.transactionCount(await node.rpc<string>('getblockhash', height))).toBe(height + 1);
    }
    expect(await live.transactionCount('11'.repeat(32))).toBeNull();
    const old = { code: -8, message: "Invalid block count: should be between 1 and the block's height" };
    await using front = await FakeNode.before(node, ({ method, params }) =>
      method === 'getchaintxstats' && params?.[0] === 0 ? { error: old } : null,
    );
    expect(await nodeAt(front.url).transactionCount(await node.rpc<string>('getblockhash', 12))).toBe(13);
  });

  it('has no block above its tip, and no header of a hash that it does not know', async () => {
    const live = nodeAt(node.urlWithPassword);
    expect(await live.blockHash(13)).toBeNull();
    expect(await live.header('11'.repeat(32))).toBeNull();
  });

  it('accepts its cookie, also the new one after a restart', async () => {
    await using own = await startRegtest({ bitcoind });
    const live = nodeAt(own.url, own.cookiePath);
    expect((await live.info()).tip.height).toBe(0);
    await own.restart();
    await expect(live.info()).rejects.toMatchObject({ code: 'NODE_UNREACHABLE', retryable: true });
    expect((await live.info()).tip.height).toBe(0);
  });

  it('is followed through a restart also by cookie, whose file is missing meanwhile', async () => {
    await using own = await startRegtest({ bitcoind });
    const store = await temporaryStore();
    const stop = new AbortController();
    const failures: string[] = [];
    const live = nodeAt(own.url, own.cookiePath);
    const indexed = indexOnce({ node: noting(failures, live), store, once: false, signal: stop.signal });
    const isAt = async (height: number) => {
      const record = await store.readState();
      return record !== null && decodeState(record.value).tip?.height === height;
    };
    await until('the first block', () => isAt(0));
    await own.stop();
    await until('the missing cookie', () => failures.some((message) => message.includes('cookie')));
    await own.start();
    await own.mine(2);
    await until('two more', () => isAt(2));
    stop.abort();
    await indexed;
    await store.close();
  });

  it('refuses a wrong password, and the message says so without showing it', async () => {
    const refused = indexOnce({ node: nodeAt(`http://bitql:secret-word@127.0.0.1:${node.port}`) });
    await expect(refused).rejects.toMatchObject({
      code: 'NODE_UNAUTHORIZED',
      message: expect.stringMatching(/refuses the login \(HTTP 401\): check user and password/),
    });
    await refused.catch((error: Error) => expect(String(error.message)).not.toContain('secret-word'));
  });

  it('needs a cookie file if there is no password, and the message names the alternatives', async () => {
    const missing = join(node.datadir, 'no-such-cookie');
    await expect(indexOnce({ node: nodeAt(node.url, missing) })).rejects.toMatchObject({
      code: 'NODE_UNAUTHORIZED',
      message: expect.stringMatching(
        /no-such-cookie.*[Gg]ive --node http:\/\/USER:PASSWORD@HOST:PORT, or --cookie FILE/s,
      ),
    });
  });

  it('must have the network that is configured, and that of the store', async () => {
    const live = nodeAt(node.urlWithPassword);
    await expect(indexOnce({ node: live, network: 'bsv-regtest' })).rejects.toMatchObject({
      code: 'NODE_WRONG_NETWORK',
      message: expect.stringMatching(
        /follows btc-regtest, not bsv-regtest: give a node of bsv-regtest, or --network btc-regtest/,
      ),
    });
  });

  it("has the coin of its client's name, whatever its comments say", async () => {
    await using commented = await startRegtest({
      bitcoind,
      args: ['-uacomment=UASF-NotBCH', '-uacomment=Bitcoin SV, Knuth'],
    });
    await commented.mine(1);
    const store = await temporaryStore();
    await indexOnce({ node: nodeAt(commented.urlWithPassword), store });
    expect(decodeState((await store.readState())!.value).network).toBe('btc-regtest');
    await store.close();
  });

  it('with an unknown name needs --network', async () => {
    const subversion = '/Mine:1.0(Satoshi)/';
    await using fake = await FakeNode.before(node, ({ method }) =>
      method === 'getnetworkinfo' ? { result: { subversion } } : null,
    );
    await expect(indexOnce({ node: nodeAt(fake.url) })).rejects.toMatchObject({
      code: 'NODE_WRONG_NETWORK',
      message: expect.stringMatching(/calls itself \/Mine:1.0\(Satoshi\)\/.*name its network with --network/),
    });
    const given = (network: NetworkId) => new LiveNode(parseNodeAddress(fake.url, undefined, network));
    await indexOnce({ node: given('btc-regtest'), network: 'btc-regtest' });
    await expect(indexOnce({ node: given('btc-signet'), network: 'btc-signet' })).rejects.toMatchObject({
      code: 'NODE_WRONG_NETWORK',
      message: expect.stringMatching(/follows btc-regtest, not btc-signet/),
    });
  });

  it.each([
    ['btc-mainnet', 478_559, '00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148'],
    ['bch-mainnet', 661_648, '0000000000000000029e471c41818d24b8b74c911071c4ef0b4a0509f9b5a8ce'],
    ['bsv-mainnet', 556_767, '000000000000000001d956714215d96ffc00e0afda4cd0a96c96f8d802b1662b'],
  ])('on mainnet has the coin of its blocks, whatever it calls itself: %s', async (id, height, hash) => {
    let tip = 900_000;
    await using fake = await FakeNode.alone(({ method, params = [] }) => {
      if (method === 'getnetworkinfo') return { result: { subversion: '/Satoshi:1.0/' } };
      if (method === 'getblockhash') return { result: params[0] === height ? hash : '0'.repeat(64) };
      return { result: { chain: 'main', blocks: tip, headers: tip, bestblockhash: hash, pruned: false } };
    });
    const live = nodeAt(fake.url);
    expect((await live.info()).currency).toBe(id.slice(0, 3).toUpperCase());
    await live.info();
    expect(fake.asked('getblockhash')).toBe(3);
    // Below those blocks, only the name shows the currency.
    tip = 300_000;
    expect((await nodeAt(fake.url).info()).currency).toBe('BTC');
  });

  it('must share a block with the index', async () => {
    await using other = await startRegtest({ bitcoind, time: 1_600_000_000 });
    await other.mine(3);
    const store = await temporaryStore();
    await indexOnce({ node: nodeAt(node.urlWithPassword), store, from: 2 });
    await expect(indexOnce({ node: nodeAt(other.urlWithPassword), store })).rejects.toMatchObject({
      code: 'NODE_WRONG_NETWORK',
      message: expect.stringMatching(/no block in common with the index/),
    });
    await store.close();
  });

  it('that has pruned needed blocks is refused, with the height to begin at', async () => {
    await using pruned = await startRegtest({ bitcoind, prune: 1, args: ['-fastprune'] });
    await pruned.mine(1_100);
    const lowest = (await pruned.rpc<number>('pruneblockchain', 800)) + 1;
    const live = nodeAt(pruned.urlWithPassword);
    expect(lowest).toBeGreaterThan(100);
    const store = await temporaryStore();
    await expect(indexOnce({ node: live, store })).rejects.toMatchObject({
      code: 'NODE_PRUNED',
      message: expect.stringMatching(new RegExp(`below ${lowest}, and the index needs 0: .*--from ${lowest}`)),
    });
    const hash = await pruned.rpc<string>('getblockhash', 5);
    await expect(live.block(hash)).rejects.toMatchObject({ code: 'NODE_PRUNED' });
    await expect(live.spentOutputs(hash)).rejects.toMatchObject({ code: 'NODE_PRUNED' });
    expect(await indexOnce({ node: live, store, from: lowest })).toMatchObject({ coverage: [[lowest, 1_100]] });
    await store.close();
  });

  it('is waited for while it does not answer, and that is reported once', async () => {
    const own = await startRegtest({ bitcoind });
    await own.mine(2);
    await own.stop();
    const warnings: string[] = [];
    const indexed = indexOnce({ node: nodeAt(own.urlWithPassword) }, warnings);
    await until('the warning', () => warnings.length > 0);
    await own.start();
    expect((await indexed).tip?.height).toBe(2);
    expect(
      warnings.filter((warning) =>
        /does not answer: nothing listens there \(ECONNREFUSED\).*Trying again/.test(warning),
      ),
    ).toHaveLength(1);
    await own.close();
  });

  it('that is still syncing is indexed as far as it has come, and that is reported', async () => {
    await using behind = await startRegtest({ bitcoind });
    const hashes = await Promise.all([1, 2, 3].map((height) => node.rpc<string>('getblockhash', height)));
    const [first, ...others] = await Promise.all(hashes.map((hash) => node.rpc<string>('getblock', hash, 0)));
    await behind.rpc('submitblock', first);
    for (const raw of others) await behind.rpc('submitheader', raw.slice(0, 160));
    const said: string[] = [];
    const log = { info: (message: string) => said.push(message), warn() {} };
    const state = await indexOnce({ node: nodeAt(behind.urlWithPassword), log });
    expect(state).toMatchObject({ tip: { height: 1 }, node: { tip: { height: 1 }, headers: 3 } });
    expect(said).toContainEqual(expect.stringMatching(/The node itself is syncing \(1 of 3\)/));
  });

  it('is followed to new blocks and through a reorganisation, until the signal', async () => {
    await using own = await startRegtest({ bitcoind });
    await own.mine(5);
    const store = await temporaryStore();
    const stop = new AbortController();
    const indexed = indexOnce({ node: nodeAt(own.urlWithPassword), store, once: false, signal: stop.signal });
    const tipIs = async (hash: string) => {
      const record = await store.readState();
      return record !== null && decodeState(record.value).tip?.hash === hash;
    };
    await until('the first five', async () => tipIs(await own.rpc('getbestblockhash')));
    await own.mine(3);
    await until('three more', async () => tipIs(await own.rpc('getbestblockhash')));
    await own.rpc('invalidateblock', await own.rpc('getblockhash', 6));
    const [, , , last] = await own.mine(4, 'bcrt1q6z64a43mjgkcq0ul2znwneq3spghrlau9slefp');
    await until('the other branch', () => tipIs(last!));
    stop.abort();
    const state = await indexed;
    expect(state).toMatchObject({ tip: { height: 9, hash: last }, coverage: [[0, 9]], lease: null });
    expect(state.forks).toEqual({ 6: 1, 7: 1, 8: 1 });
    await store.close();
  });
});

describeWith('bitcoind')('headers of a live node', ({ bitcoind }) => {
  const TIP = 2_100;
  let node: RegtestNode;
  let hashes: string[];

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    hashes = [await node.rpc<string>('getblockhash', 0), ...(await node.mine(TIP))];
  });

  afterAll(() => node.close());

  it.each([
    ['by REST', () => null],
    ['by REST as nodes before Core 24 have it', withoutQuery],
    ['by RPC', withoutRest],
  ])('come %s, in several calls if there are many, up to the tip', async (_, answer) => {
    await using front = await FakeNode.before(node, answer);
    const live = nodeAt(front.url);
    const all = await live.headers(0, 3_000);
    expect(hashesOf(all)).toEqual(hashes);
    expect(toHex(all[7]!.bytes)).toBe(await node.rpc('getblockheader', hashes[7], false));
    expect(hashesOf(await live.headers(5, 3))).toEqual(hashes.slice(5, 8));
    expect(hashesOf(await live.headers(TIP, 10))).toEqual([hashes[TIP]]);
    expect(await live.headers(TIP + 1, 10)).toEqual([]);
    expect(await live.headers(0, 0)).toEqual([]);
  });

  it('keep nothing but themselves in memory', async () => {
    const [first] = await nodeAt(node.urlWithPassword).headers(0, 100);
    expect(first!.bytes.buffer.byteLength).toBe(80);
  });

  it('that are not the requested ones are refused', async () => {
    const wrong = await nodeAt(node.urlWithPassword).headers(9, 2);
    const bytes = Buffer.concat(wrong.map((header) => header.bytes));
    for (const [body, message] of [
      [bytes.subarray(0, 81), /headers of 81 bytes/],
      [bytes, /do not begin with block/],
      [Buffer.concat([await headerBytes(5), await headerBytes(9)]), /do not form a chain/],
    ] as const) {
      await using front = await FakeNode.before(node, answerRest('headers/', body));
      const refused = { code: 'NODE_REFUSED', message: expect.stringMatching(message) };
      await expect(nodeAt(front.url).headers(5, 2)).rejects.toMatchObject(refused);
    }
    await using byRpc = await FakeNode.before(node, (question) =>
      question.method === 'getblockheader' ? { result: bytes.subarray(0, 80).toString('hex') } : withoutRest(question),
    );
    const refused = { code: 'NODE_REFUSED', message: expect.stringMatching(/do not begin with block/) };
    await expect(nodeAt(byRpc.url).headers(5, 2)).rejects.toMatchObject(refused);
  });

  async function headerBytes(height: number): Promise<Uint8Array> {
    return Buffer.from(await node.rpc<string>('getblockheader', hashes[height], false), 'hex');
  }
});

describeWith('bitcoind')('outputs that the blocks of a live node spend', ({ bitcoind }) => {
  let node: RegtestNode;
  let chain: VariedChain;
  /** By `getblock HASH 3`. */
  let spent: string[][][];

  beforeAll(async () => {
    node = await startRegtest({ bitcoind, txindex: true });
    chain = await buildVariedChain(node);
    await using front = await FakeNode.before(node, withoutSpentTxouts);
    spent = (await spentByAll(nodeAt(front.url))) as string[][][];
  });

  afterAll(() => node.close());

  async function spentByAll(from: ChainNode): Promise<(string[][] | null)[]> {
    const lists: (string[][] | null)[] = [];
    for (const { hash } of chain.blocks) lists.push(await spentBy(from, hash));
    return lists;
  }

  it('are returned by getblock, a list for each transaction', async () => {
    const { height } = chain.transactions.manyInputs;
    const { tx } = chain.blocks[height]!;
    expect(spent[height]).toHaveLength(tx.length);
    expect(spent[height]![0]).toEqual([]);
    expect(spent[height]![tx.indexOf(chain.transactions.manyInputs.txid)]!.length).toBeGreaterThan(100);
    expect(spent[0]).toEqual([[]]);
  });

  it.each([
    ['that gives no prevouts', withoutPrevouts],
    ['that refuses verbosity 3', refusedPrevouts],
    ['of whose answers the order is any', (question: Question) => ({ ...withoutPrevouts(question), shuffled: true })],
  ])('are the same from a node %s but has -txindex', async (_, answer) => {
    await using front = await FakeNode.before(node, answer);
    expect(await spentByAll(nodeAt(front.url))).toEqual(spent);
  });

  it('are the same by REST, if the node has /rest/spenttxouts', async () => {
    await using front = await FakeNode.before(node);
    expect(await spentByAll(nodeAt(front.url))).toEqual(spent);
    expect(front.asked('/rest/spenttxouts/')).toBe(chain.blocks.length);
    expect(front.asked('getblock')).toBe(0);
  });

  it('are requested by REST only once if the node lacks it', async () => {
    await using front = await FakeNode.before(node, withoutSpentTxouts);
    const live = nodeAt(front.url);
    await live.spentOutputs(chain.blocks[5]!.hash);
    await live.spentOutputs(chain.blocks[6]!.hash);
    expect(front.asked('/rest/spenttxouts/')).toBe(1);
    expect(front.asked('getblock')).toBe(2);
  });

  it('are the same without undo data, which /rest/spenttxouts reports as missing', async () => {
    await using front = await FakeNode.before(node, ({ path }) =>
      path.startsWith('/rest/spenttxouts/')
        ? { status: 404, body: `${/[0-9a-f]{64}/.exec(path)![0]} undo not available\r\n` }
        : null,
    );
    const { height } = chain.transactions.manyInputs;
    expect(await spentBy(nodeAt(front.url), chain.blocks[height]!.hash)).toEqual(spent[height]);
  });

  it('are refused by REST if they are cut off, too many, or too few', async () => {
    const { height } = chain.transactions.manyInputs;
    const { hash } = chain.blocks[height]!;
    const whole = serializeSpent(spent[height]!);
    for (const body of [whole.subarray(0, -1), Buffer.concat([whole, whole]), serializeSpent([[]]), Buffer.alloc(0)]) {
      await using front = await FakeNode.before(node, answerRest('spenttxouts/', body));
      await expect(spentBy(nodeAt(front.url), hash)).rejects.toMatchObject({
        code: 'NODE_REFUSED',
        message: expect.stringMatching(/returned damaged spent outputs for block/),
      });
    }
  });

  it('are unknown to a node that has neither', async () => {
    await using plain = await startRegtest({ bitcoind });
    const { height } = chain.transactions.spendEveryLockLater;
    for (const block of chain.blocks.slice(1, height + 1)) {
      await plain.rpc('submitblock', await node.rpc('getblock', block.hash, 0));
    }
    await using front = await FakeNode.before(plain, withoutPrevouts);
    expect(await nodeAt(front.url).spentOutputs(chain.blocks[height]!.hash)).toBeNull();
    expect(await spentBy(nodeAt(front.url), chain.blocks[5]!.hash)).toEqual([[]]);
  });

  it('are waited for while the node builds its -txindex', async () => {
    const message = 'No such mempool transaction. Blockchain transactions are still in the process of being indexed.';
    await using front = await FakeNode.before(node, (question) =>
      question.method === 'getrawtransaction' ? { error: { code: -5, message } } : withoutPrevouts(question),
    );
    const { hash } = chain.blocks[chain.transactions.spendEveryLockLater.height]!;
    await expect(nodeAt(front.url).spentOutputs(hash)).rejects.toMatchObject({
      code: 'NODE_LACKS_BLOCK',
      retryable: true,
    });
  });

  it('are refused if they are of another transaction', async () => {
    const { hash, tx } = chain.blocks[chain.transactions.spendEveryLockLater.height]!;
    const other = await node.rpc<string>('getrawtransaction', tx[0], false, hash);
    for (const [result, message] of [
      [other, /returned a transaction other than/],
      ['00', /damaged/],
      ['no hex', /not hexadecimal text/],
      [17, /not hexadecimal text/],
    ] as const) {
      await using front = await FakeNode.before(node, (question) =>
        question.method === 'getrawtransaction' ? { result } : withoutPrevouts(question),
      );
      const refused = { code: 'NODE_REFUSED', message: expect.stringMatching(message) };
      await expect(nodeAt(front.url).spentOutputs(hash)).rejects.toMatchObject(refused);
    }
  });

  it('are requested in smaller batches if the answer would be longer than a string may be', async () => {
    await using front = await FakeNode.before(node, (question) => {
      const isTooLong = question.method === 'getrawtransaction' && question.together! > 3;
      return isTooLong ? { respond: tooLong } : withoutPrevouts(question);
    });
    const { height } = chain.transactions.spendCoinbases;
    expect(await spentBy(nodeAt(front.url), chain.blocks[height]!.hash)).toEqual(spent[height]);
    expect(front.asked('getrawtransaction')).toBeGreaterThan(8);
  });

  it('are the same by rev files, once it has stopped', async () => {
    await node.stop();
    const files = await BlockFilesNode.open(node.blocksPath, null, new AbortController().signal);
    expect(await spentByAll(files)).toEqual(spent);
    await node.start();
  });
});

describe('outputs that a block of another currency spends', () => {
  const script = (byte: number) => new Uint8Array(3).fill(byte);
  const before = encodeTransaction(
    [{ txid: new Uint8Array(32).fill(9), index: 0 }],
    [
      { value: 7, script: script(7) },
      { value: 8, script: script(8) },
    ],
  );
  const parent = encodeTransaction([{ txid: hash256(before), index: 1 }], [{ value: 5, script: script(5) }]);
  const child = encodeTransaction(
    [
      { txid: hash256(parent), index: 0 },
      { txid: hash256(before), index: 0 },
    ],
    [],
  );
  // In the order of BCH: by id, so a transaction may come before one that it spends.
  const block = encodeBlock(new Uint8Array(32), 1, [encodeCoinbase(1, []), child, parent]);
  const hash = hashToHex(hash256(block.subarray(0, 80)));

  const nodeOf = (subversion: string, spent: Uint8Array) =>
    FakeNode.alone(({ path, method }) => {
      if (path === `/rest/block/${hash}.bin`) return { status: 200, body: block };
      if (method === 'getnetworkinfo') return { result: { subversion } };
      if (method === 'getblockchaininfo') {
        return { result: { chain: 'regtest', blocks: 1, headers: 1, bestblockhash: hash } };
      }
      return method === 'getrawtransaction' ? { result: toHex(spent) } : { status: 404, body: '' };
    });

  it.each(['/Bitcoin Cash Node:28.0.1(EB32.0)/', '/Bitcoin SV:1.1.0/'])(
    'are returned by -txindex: getblock of %s means something else',
    async (subversion) => {
      await using fake = await nodeOf(subversion, before);
      expect(await spentBy(nodeAt(fake.url), hash)).toEqual([[], ['5 050505', '7 070707'], ['8 080808']]);
      expect(fake.asked('getrawtransaction')).toBe(1);
      expect(fake.asked('getblock')).toBe(0);
    },
  );

  it('are refused if they are of another transaction', async () => {
    await using fake = await nodeOf('/Bitcoin SV:1.1.0/', parent);
    await expect(spentBy(nodeAt(fake.url), hash)).rejects.toMatchObject({
      code: 'NODE_REFUSED',
      message: expect.stringMatching(/returned a transaction other than/),
    });
  });
});

/** A client that soon gives up a node that is too busy to answer. */
function hastyNodeAt(url: string): LiveNode {
  return new LiveNode(parseNodeAddress(url), null, undefined, { pace: new Pace({ patienceMs: 200 }) });
}

describe('a node with answers that a real one does not give on demand', () => {
  const rpcError = (code: number, message: string) => ({
    status: 500,
    body: JSON.stringify({ result: null, error: { code, message }, id: 1 }),
  });

  it.each([
    [{ ...rpcError(-28, 'Loading block index…') }, 'NODE_WARMING_UP', /is starting: Loading block index…/, true],
    [{ ...rpcError(-9, 'Shutting down') }, 'NODE_UNREACHABLE', /cannot answer get\w+ now .*Shutting down/, true],
    [{ ...rpcError(-10, 'in initial sync') }, 'NODE_UNREACHABLE', /now \(error -10\): in initial sync/, true],
    [{ ...rpcError(-7, 'Out of memory') }, 'NODE_UNREACHABLE', /now \(error -7\)/, true],
    [{ ...rpcError(-2, 'Safe mode: fork') }, 'NODE_UNREACHABLE', /now \(error -2\): Safe mode/, true],
    [{ status: 503, body: 'Work queue depth exceeded' }, 'NODE_UNREACHABLE', /overloaded.*-rpcworkqueue/, true],
    [{ status: 429, body: '' }, 'NODE_UNREACHABLE', /limits the rate of calls .*HTTP 429/, true],
    // How nodes before Core 0.21 report the same.
    [{ status: 500, body: 'Work queue depth exceeded' }, 'NODE_UNREACHABLE', /overloaded/, true],
    [
      { status: 403, body: 'Forbidden' },
      'NODE_UNAUTHORIZED',
      /does not allow get\w+ \(HTTP 403\).* rpcwhitelist=a:getblockchaininfo,/,
      false,
    ],
    [{ status: 200, body: '<h1>It works!</h1>' }, 'NODE_REFUSED', /Is it bitcoind\?/, false],
    [{ ...rpcError(-32601, 'Method not found') }, 'NODE_REFUSED', /with error -32601: Method not found/, false],
    [
      { status: 200, body: '{"result":{},"error":null,"id":1}' },
      'NODE_REFUSED',
      /bitcoind's answer|Is it bitcoind/,
      false,
    ],
  ])('%j', async (answer, code, message, retryable) => {
    await using fake = await FakeNode.alone(() => answer);
    const live = hastyNodeAt(fake.url);
    const error = { code, retryable, message: expect.stringMatching(message) };
    await expect(live.info()).rejects.toMatchObject(error);
    await expect(live.headers(0, 2)).rejects.toMatchObject(error);
  });

  it.each(['{"result":{},"error":null,"id":1}', 'null', '[]', '[null]', '[{"id":0,"result":7}]'])(
    '%s',
    async (body) => {
      await using fake = await FakeNode.alone(() => ({ status: 200, body }));
      await expect(nodeAt(fake.url).headers(0, 2)).rejects.toMatchObject({ code: 'NODE_REFUSED' });
    },
  );

  it('is waited for while it warms up', async () => {
    const warnings: string[] = [];
    let calls = 0;
    await using fake = await FakeNode.alone(() =>
      calls++ < 4 ? rpcError(-28, 'Verifying blocks…') : { status: 403, body: '' },
    );
    await expect(indexOnce({ node: nodeAt(fake.url) }, warnings)).rejects.toMatchObject({ code: 'NODE_UNAUTHORIZED' });
    expect(warnings).toEqual([
      expect.stringMatching(/is starting: Verifying blocks… Trying again \(NODE_WARMING_UP\)/),
    ]);
  });

  it.each([
    [
      503,
      'Service temporarily unavailable: Loading block index',
      'NODE_WARMING_UP',
      'is starting: Loading block index',
    ],
    [503, 'Work queue depth exceeded', 'NODE_UNREACHABLE', '-rpcworkqueue'],
    [404, `${HASH} not available (pruned data)`, 'NODE_PRUNED', 'has pruned'],
    [404, `${HASH} not available (not fully downloaded)`, 'NODE_LACKS_BLOCK', 'not yet downloaded'],
    [500, 'something else', 'NODE_UNREACHABLE', 'something else'],
  ])('says by REST why it gives no block: HTTP %i %s', async (status, body, code, message) => {
    await using fake = await FakeNode.alone(() => ({ status, body }));
    await expect(hastyNodeAt(fake.url).block(HASH)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['Block not available (pruned data)', 'NODE_PRUNED'],
    ['Block not available (not fully downloaded)', 'NODE_LACKS_BLOCK'],
    ['Block not found on disk', 'NODE_LACKS_BLOCK'],
    ['std::bad_alloc', 'NODE_LACKS_BLOCK'],
    ['Something else', 'NODE_REFUSED'],
  ])('says by RPC why it gives no block: %s', async (message, code) => {
    await using fake = await FakeNode.alone(({ path }) =>
      path === '/' ? rpcError(-1, message) : withoutRest({ path }),
    );
    await expect(hastyNodeAt(fake.url).block(HASH)).rejects.toMatchObject({ code });
  });

  it.each([
    [404, `${HASH} not found`],
    [500, `I/O error reading ${HASH}`],
  ])('is asked by RPC for a block that it does not give by REST: HTTP %i %s', async (status, body) => {
    await using fake = await FakeNode.alone(({ path }) =>
      path === '/' ? { result: SMALL.toString('hex') } : { status, body },
    );
    expect(await rawBlock(hastyNodeAt(fake.url), HASH)).toBe(SMALL.toString('hex'));
  });

  it('is unreachable if nothing listens', async () => {
    const port = await freePort();
    const live = nodeAt(`http://a:b@127.0.0.1:${port}`);
    const unreachable = { code: 'NODE_UNREACHABLE', retryable: true, message: expect.stringContaining('ECONNREFUSED') };
    await expect(live.info()).rejects.toMatchObject(unreachable);
    await expect(live.block(HASH)).rejects.toMatchObject(unreachable);
  });
});

describe('a block from a node with answers that a real one does not give on demand', () => {
  it('is whole though its length is unknown', async () => {
    await using fake = await FakeNode.alone(() => ({ respond: (response) => response.end(SMALL) }));
    expect(await rawBlock(nodeAt(fake.url), HASH)).toBe(SMALL.toString('hex'));
    expect(fake.asked('/rest/block/')).toBe(1);
  });

  it('is requested again if its length is unknown and it is large', async () => {
    const large = Buffer.concat([SMALL, Buffer.alloc(65 * 1024 * 1024)]);
    await using fake = await FakeNode.alone(() => ({
      respond: (response) => {
        response.write(SMALL);
        response.end(large.subarray(SMALL.length));
      },
    }));
    const { size, chunks } = await nodeAt(fake.url).block(HASH);
    expect(size).toBe(large.length);
    expect((await buffer(chunks)).equals(large)).toBe(true);
    expect(fake.asked('/rest/block/')).toBe(2);
  });

  it('is refused if it is another one', async () => {
    await using fake = await FakeNode.alone(() => ({ status: 200, body: SMALL }));
    const refused = { code: 'BLOCK_DAMAGED', message: expect.stringMatching(`returned block ${HASH} instead`) };
    await expect(rawBlock(nodeAt(fake.url), '11'.repeat(32))).rejects.toMatchObject(refused);
    await until('the connection to end', () => fake.isIdle);
  });

  it('is refused if it is not a block at all', async () => {
    await using fake = await FakeNode.alone(() => ({ status: 200, body: Buffer.from('It works!') }));
    const tooShort = {
      code: 'BLOCK_DAMAGED',
      message: expect.stringMatching(/returned 9 bytes, fewer than the header of a block has/),
    };
    await expect(rawBlock(nodeAt(fake.url), HASH)).rejects.toMatchObject(tooShort);
    await using page = await FakeNode.alone(() => ({ status: 200, body: 'It works!' }));
    const noNode = {
      code: 'NODE_REFUSED',
      message: expect.stringMatching(/does not answer getblock as bitcoind does/),
    };
    await expect(rawBlock(nodeAt(page.url), HASH)).rejects.toMatchObject(noNode);
    await using byRpc = await FakeNode.alone(({ path }) =>
      path === '/' ? { result: 'no hex' } : withoutRest({ path }),
    );
    await expect(rawBlock(nodeAt(byRpc.url), HASH)).rejects.toMatchObject({ code: 'NODE_REFUSED' });
  });

  it.each([0, 100])('is unreachable if the connection is cut after %i bytes', async (bytes) => {
    await using fake = await FakeNode.alone(() => ({
      respond: (response) => {
        response.writeHead(200, { 'content-length': SMALL.length });
        response.write(SMALL.subarray(0, bytes), () => response.destroy());
      },
    }));
    const read = nodeAt(fake.url)
      .block(HASH)
      .then(({ chunks }) => buffer(chunks));
    await expect(read).rejects.toMatchObject({ code: 'NODE_UNREACHABLE', retryable: true });
  });

  it('is unreachable if the connection is cut while its chunks are read', async () => {
    let cut = () => {};
    await using fake = await FakeNode.alone(() => ({
      respond: (response) => {
        response.writeHead(200, { 'content-length': SMALL.length });
        response.write(SMALL.subarray(0, 100));
        cut = () => response.destroy();
        if (fake.asked('/rest/block/') > 1) cut();
      },
    }));
    const { chunks } = await nodeAt(fake.url).block(HASH);
    const iterator = chunks[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toHaveLength(100);
    cut();
    await expect(iterator.next()).rejects.toMatchObject({ code: 'NODE_UNREACHABLE', retryable: true });
  });

  it('is whole though its connection is cut again and again', async () => {
    let sent = 0;
    await using fake = await FakeNode.alone(() => ({
      respond: (response) => {
        response.writeHead(200, { 'content-length': SMALL.length });
        sent += 50;
        if (sent >= SMALL.length) response.end(SMALL);
        else response.write(SMALL.subarray(0, sent), () => setTimeout(() => response.destroy(), 10));
      },
    }));
    expect(await rawBlock(nodeAt(fake.url), HASH)).toBe(SMALL.toString('hex'));
    expect(fake.asked('/rest/block/')).toBe(Math.ceil(SMALL.length / 50));
  });

  it.each([
    ['before it is begun', 0],
    ['in the middle', 1],
  ])('whose reader leaves %s leaves the connection', async (_, chunksToRead) => {
    const endless = (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': 1e9 });
      const more = () => response.write(Buffer.concat([SMALL, Buffer.alloc(100_000)]), () => setImmediate(more));
      more();
    };
    await using fake = await FakeNode.alone(() => ({ respond: endless }));
    const { chunks } = await nodeAt(fake.url).block(HASH);
    const iterator = chunks[Symbol.asyncIterator]();
    for (let i = 0; i < chunksToRead; i++) await iterator.next();
    expect(fake.isIdle).toBe(false);
    await iterator.return!();
    await until('the connection to end', () => fake.isIdle);
    expect((await iterator.next()).done).toBe(true);
  });

  it('that is too large for RPC says what to do', async () => {
    await using fake = await FakeNode.alone(({ path }) =>
      path === '/'
        ? {
            respond: tooLong,
          }
        : withoutRest({ path }),
    );
    await expect(nodeAt(fake.url).block(HASH)).rejects.toMatchObject({
      code: 'NODE_REFUSED',
      message: expect.stringMatching(/too large for RPC: start bitcoind with -rest/),
    });
    await until('the connection to end', () => fake.isIdle);
  });
});

/** The first block of regtest. */
const SMALL = Buffer.from(
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a' +
    '51323a9fb8aa4b1e5e4adae5494dffff7f20020000000101000000010000000000000000000000000000000000000000000000000000000000' +
    '000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b' +
    '206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a671' +
    '30b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000',
  'hex',
);
const HASH = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';

/** Begins an answer with more characters than a string may have. */
function tooLong(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 2 ** 29, 'content-type': 'application/json' });
  response.write('[{"result":"');
}

/** Like a node without -rest. */
function withoutRest({ path }: Question): Answer | null {
  return path.startsWith('/rest/') ? { status: 404, body: '' } : null;
}

/** Like a node whose REST accepts no query: before Core 24, BCHN, SV. */
function withoutQuery({ path }: Question): Answer | null {
  const body = 'No header count specified. Use /rest/headers/<count>/<hash>.<ext>.\r\n';
  return path.includes('?') ? { status: 400, body } : null;
}

/** Like Core before 30. */
function withoutSpentTxouts({ path }: Question): Answer | null {
  return path.startsWith('/rest/spenttxouts/') ? { status: 404, body: '' } : null;
}

/** Like Core before 23. */
function withoutPrevouts(question: Question): Answer | null {
  const { method, params } = question;
  if (method === 'getnetworkinfo') return { result: { version: 220_000, subversion: '/Satoshi:22.0.0/' } };
  return method === 'getblock' && params?.[1] === 3 ? { params: [params[0], 2] } : withoutSpentTxouts(question);
}

function refusedPrevouts(question: Question): Answer | null {
  const { method, params } = question;
  const error = { code: -8, message: 'Verbosity value out of range' };
  return method === 'getblock' && params?.[1] === 3 ? { error } : withoutSpentTxouts(question);
}

function answerRest(prefix: string, body: Uint8Array): Script {
  return ({ path }) => (path.startsWith(`/rest/${prefix}`) ? { status: 200, body } : null);
}

/** Like Core 30 (src/rest.cpp: SerializeBlockUndo). */
function serializeSpent(lists: readonly (readonly string[])[]): Uint8Array {
  const writer = new ByteWriter().compactSize(lists.length);
  for (const outputs of lists) {
    writer.compactSize(outputs.length);
    for (const output of outputs) {
      const [value, script] = output.split(' ');
      const bytes = Buffer.from(script!, 'hex');
      writer.u64(Number(value)).compactSize(bytes.length).bytes(bytes);
    }
  }
  return writer.finish();
}
