import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNodeAddress } from '../../indexer/node/credentials.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { type IndexerOptions, runIndexer } from '../../indexer/run.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { decodeState } from '../../src/store/state.ts';
import { describeWith } from '../services/suite.ts';
import { type RegtestNode, startRegtest } from '../support/regtest.ts';
import { freePort } from '../support/sandbox.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { until } from '../support/until.ts';

function nodeAt(url: string, cookie?: string): LiveNode {
  return new LiveNode(parseNodeAddress(url, cookie));
}

/** Runs the indexer once on a store that goes away; what it warned of is gathered. */
async function indexOnce(options: Partial<IndexerOptions> & Pick<IndexerOptions, 'node'>, warnings: string[] = []) {
  const store = options.store ?? (await temporaryStore());
  try {
    await runIndexer({
      store,
      network: null,
      from: 0,
      pollMs: 20,
      leaseMs: 10_000,
      cacheBytes: 1e6,
      log: { info() {}, warn: (message) => warnings.push(message) },
      signal: new AbortController().signal,
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

  it('tells its network, tip and headers', async () => {
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
    expect(Buffer.from(await nodeAt(node.urlWithPassword).block(hash)).toString('hex')).toBe(raw);
    await using silent = await startRegtest({ bitcoind, rest: false });
    const [own] = await silent.mine(1);
    const block = parseBlock(await nodeAt(silent.urlWithPassword).block(own!), networkById('btc-regtest'));
    expect(hashToHex(block.header.hash)).toBe(own);
  });

  it('has no block above its tip, and no header of a hash that it does not know', async () => {
    const live = nodeAt(node.urlWithPassword);
    expect(await live.blockHash(13)).toBeNull();
    expect(await live.header('11'.repeat(32))).toBeNull();
  });

  it('lets in who has its cookie, also the new one after a restart', async () => {
    await using own = await startRegtest({ bitcoind });
    const live = nodeAt(own.url, own.cookiePath);
    expect((await live.info()).tip.height).toBe(0);
    await own.restart();
    await expect(live.info()).rejects.toMatchObject({ code: 'NODE_UNREACHABLE', retryable: true });
    expect((await live.info()).tip.height).toBe(0);
  });

  it('is followed through a restart also by who has only its cookie, which is gone meanwhile', async () => {
    await using own = await startRegtest({ bitcoind });
    const store = await temporaryStore();
    const stop = new AbortController();
    const warnings: string[] = [];
    const indexed = indexOnce(
      { node: nodeAt(own.url, own.cookiePath), store, once: false, signal: stop.signal },
      warnings,
    );
    const isAt = async (height: number) => {
      const record = await store.readState();
      return record !== null && decodeState(record.value).tip?.height === height;
    };
    await until('the first block', () => isAt(0));
    await own.stop();
    await until('the missing cookie', () => warnings.some((warning) => warning.includes('cookie')));
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

  it('needs a cookie file where there is no password, and the message says what else would do', async () => {
    const missing = join(node.datadir, 'no-such-cookie');
    await expect(indexOnce({ node: nodeAt(node.url, missing) })).rejects.toMatchObject({
      code: 'NODE_UNAUTHORIZED',
      message: expect.stringMatching(/no-such-cookie.*give --node http:\/\/USER:PASSWORD@HOST:PORT, or --cookie FILE/s),
    });
  });

  it('must follow the network that is asked for, and that the store holds', async () => {
    const live = nodeAt(node.urlWithPassword);
    await expect(indexOnce({ node: live, network: 'bsv-regtest' })).rejects.toMatchObject({
      code: 'NODE_WRONG_NETWORK',
      message: expect.stringMatching(
        /follows btc-regtest, not bsv-regtest: give a node of bsv-regtest, or --network btc-regtest/,
      ),
    });
  });

  it('must share a block with the index', async () => {
    await using other = await startRegtest({ bitcoind, time: 1_600_000_000 });
    await other.mine(3);
    const store = await temporaryStore();
    await indexOnce({ node: nodeAt(node.urlWithPassword), store, from: 2 });
    await expect(indexOnce({ node: nodeAt(other.urlWithPassword), store })).rejects.toMatchObject({
      code: 'NODE_WRONG_NETWORK',
      message: expect.stringMatching(/shares no block with the index/),
    });
    await store.close();
  });

  it('that has pruned what is needed is refused, with the height to begin at', async () => {
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
    expect(await indexOnce({ node: live, store, from: lowest })).toMatchObject({ coverage: [[lowest, 1_100]] });
    await store.close();
  });

  it('is waited for while it is not there, and said once', async () => {
    const own = await startRegtest({ bitcoind });
    await own.mine(2);
    await own.stop();
    const warnings: string[] = [];
    const indexed = indexOnce({ node: nodeAt(own.urlWithPassword) }, warnings);
    await until('the warning', () => warnings.length > 0);
    await own.start();
    expect((await indexed).tip?.height).toBe(2);
    expect(warnings.filter((warning) => /does not answer \(ECONNREFUSED\).*Trying again/.test(warning))).toHaveLength(
      1,
    );
    await own.close();
  });

  it('that is syncing itself is indexed as far as it is, and said to be on its way', async () => {
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

describe('a node that answers what a real one cannot be made to on demand', () => {
  /** A fake node: answers all calls with one error or text. */
  async function fakeNode(answer: () => { status: number; body: string }): Promise<{ server: Server; url: string }> {
    const server = createServer((_, response) => {
      const { status, body } = answer();
      response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, url: `http://a:b@127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  const rpcError = (code: number, message: string) => ({
    status: 500,
    body: JSON.stringify({ result: null, error: { code, message }, id: 1 }),
  });

  it.each([
    [{ ...rpcError(-28, 'Loading block index…') }, 'NODE_WARMING_UP', /is starting: Loading block index…/, true],
    [{ status: 503, body: 'Work queue depth exceeded' }, 'NODE_UNREACHABLE', /overloaded/, true],
    // How nodes before Core 0.21 say the same.
    [{ status: 500, body: 'Work queue depth exceeded' }, 'NODE_UNREACHABLE', /overloaded/, true],
    [{ status: 403, body: 'Forbidden' }, 'NODE_UNAUTHORIZED', /refuses the login \(HTTP 403\)/, false],
    [{ status: 200, body: '<h1>It works!</h1>' }, 'NODE_REFUSED', /is it one\?/, false],
    [{ ...rpcError(-32601, 'Method not found') }, 'NODE_REFUSED', /with error -32601: Method not found/, false],
    [{ status: 200, body: '{"result":{},"error":null,"id":1}' }, 'NODE_REFUSED', /no text in "subversion"/, false],
  ])('%j', async (answer, code, message, retryable) => {
    const { server, url } = await fakeNode(() => answer);
    await expect(nodeAt(url).info()).rejects.toMatchObject({
      code,
      retryable,
      message: expect.stringMatching(message),
    });
    server.close();
  });

  it('is waited for while it warms up', async () => {
    const warnings: string[] = [];
    let calls = 0;
    const { server, url } = await fakeNode(() =>
      calls++ < 4 ? rpcError(-28, 'Verifying blocks…') : { status: 403, body: '' },
    );
    await expect(indexOnce({ node: nodeAt(url) }, warnings)).rejects.toMatchObject({ code: 'NODE_UNAUTHORIZED' });
    expect(warnings).toEqual([
      expect.stringMatching(/is starting: Verifying blocks… Trying again \(NODE_WARMING_UP\)/),
    ]);
    server.close();
  });

  it('is waited for where its REST has too much to do', async () => {
    let calls = 0;
    const busy = { status: 503, body: 'Service temporarily unavailable: Loading block index' };
    const { server, url } = await fakeNode(() => (calls++ === 0 ? { status: 200, body: '{}' } : busy));
    await expect(nodeAt(url).block('00'.repeat(32))).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
      retryable: true,
    });
    server.close();
  });

  it('is unreachable where nothing listens', async () => {
    const port = await freePort();
    await expect(nodeAt(`http://a:b@127.0.0.1:${port}`).info()).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
      retryable: true,
    });
  });
});
