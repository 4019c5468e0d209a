import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Pace } from '../../src/rpc/pace.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { type Answer, FakeNode, type Question } from '../support/fake-node.ts';
import { followNode, untilCaughtUp } from '../support/live-index.ts';
import { liveRows, stateOf } from '../support/live-rows.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { expectSameRows } from '../support/visible-rows.ts';

const BLOCKS = 300;

const withoutRest = ({ path }: Question): Answer | null =>
  path.startsWith('/rest/') ? { status: 404, body: '' } : null;

describeWith('bitcoind')('a node that now and then has no room for a call', ({ bitcoind }) => {
  let node: RegtestNode;
  let rows: string[];
  const noted: string[] = [];
  const log = { info() {}, warn: (message: string) => noted.push(message) };

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    for (let mined = 0; mined < BLOCKS; mined += 100) await node.mine(100);
    const store = await temporaryStore();
    await followNode(node, { store, once: true });
    rows = await liveRows(store);
    await store.close();
  });

  afterAll(() => node.close());

  async function indexed(live: LiveNode): Promise<string[]> {
    noted.length = 0;
    const store = await temporaryStore();
    try {
      await followNode(node, { store, node: live, live, log, once: true });
      return await liveRows(store);
    } finally {
      await store.close();
    }
  }

  it('(-rpcworkqueue=1 -rpcthreads=1) is indexed whole, by REST and by RPC, at once', async () => {
    await node.restart({ args: ['-rpcworkqueue=1', '-rpcthreads=1'] });
    expectSameRows(await indexed(new LiveNode(parseNodeAddress(node.urlWithPassword))), rows);
    expect(noted).toEqual([]);
    await node.restart({ rest: false });
    expectSameRows(await indexed(new LiveNode(parseNodeAddress(node.urlWithPassword))), rows);
    expect(noted).toEqual([]);
    await node.restart({ rest: true, args: [] });
  });

  it.each<[string, number, Answer]>([
    ['is full', 50, { status: 503, body: 'Work queue depth exceeded' }],
    ['limits the rate', 50, { status: 429, body: '' }],
    ['cuts the connection', 50, { respond: (response) => void response.destroy() }],
    [
      'cuts the connection within the answer',
      50,
      {
        respond: (response) => {
          response.flushHeaders();
          setTimeout(() => response.destroy(), 5);
        },
      },
    ],
  ])('and %s once in %i calls is indexed whole, and asked for nothing much twice', async (_, often, answer) => {
    for (const script of [() => null, withoutRest]) {
      let asked = 0;
      await using front = await FakeNode.before(node, (question) => {
        // In a batch of hundreds, one call would fail each time.
        const isAlone = (question.together ?? 1) === 1;
        asked += Number(isAlone);
        return isAlone && asked % often === 0 ? answer : script(question);
      });
      expectSameRows(await indexed(new LiveNode(parseNodeAddress(front.url))), rows);
      expect(noted).toEqual([]);
      expect(Math.max(front.asked('/rest/block/'), front.asked('getblock'))).toBeLessThan(1.1 * BLOCKS);
    }
  });

  it('keeps what was indexed before the node went away for longer', async () => {
    let asked = 0;
    await using front = await FakeNode.before(node, ({ path }) => {
      if (!path.startsWith('/rest/block/')) return null;
      asked += 1;
      return asked > 150 && asked < 160 ? { status: 503, body: '' } : null;
    });
    const live = new LiveNode(parseNodeAddress(front.url), null, undefined, { pace: new Pace({ patienceMs: 1 }) });
    expectSameRows(await indexed(live), rows);
    expect(noted.length).toBeGreaterThan(0);
    expect(front.asked('/rest/block/')).toBeLessThan(1.1 * BLOCKS);
  });
});

describeWith('bitcoind')('a node behind a snapshot, which has not downloaded old blocks yet', ({ bitcoind }) => {
  const BASE = 60;
  let node: RegtestNode;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    await node.mine(100);
  });

  afterAll(() => node.close());

  it('says so by REST and RPC', async () => {
    await using other = await startRegtest({ bitcoind });
    const hash = await other.mineBlock([], 'raw(6a)');
    await node.rpc('submitheader', await other.rpc('getblockheader', hash, false));
    const lacks = { code: 'NODE_LACKS_BLOCK', retryable: true };
    await expect(new LiveNode(parseNodeAddress(node.urlWithPassword)).block(hash)).rejects.toMatchObject(lacks);
    await using front = await FakeNode.before(node, withoutRest);
    await expect(new LiveNode(parseNodeAddress(front.url)).block(hash)).rejects.toMatchObject(lacks);
  });

  it.each([
    ['RPC', true],
    ['REST', false],
  ])('is followed at its tip, and its history filled in when that has come: %s', async (_, isByRpc) => {
    const lacking = new Set<string>();
    for (let height = 0; height <= BASE; height++) lacking.add(await node.rpc<string>('getblockhash', height));
    let hasThem = false;
    const lacks = (text: string | undefined) => !hasThem && text !== undefined && lacking.has(text);
    await using front = await FakeNode.before(node, ({ path, method, params }) => {
      const hash = /^\/rest\/block\/([0-9a-f]{64})/.exec(path)?.[1];
      if (isByRpc && path.startsWith('/rest/')) return { status: 404, body: '' };
      if (lacks(hash)) return { status: 404, body: `${hash} not available (not fully downloaded)\r\n` };
      const isLacking = method === 'getblock' && lacks(params?.[0] as string);
      return isLacking ? { error: { code: -1, message: 'Block not available (not fully downloaded)' } } : null;
    });
    const warnings: string[] = [];
    const store: ChainStore = await temporaryStore();
    const stop = new AbortController();
    const live = new LiveNode(parseNodeAddress(front.url));
    const log = { info() {}, warn: (message: string) => warnings.push(message) };
    const options = { store, node: live, live, log, from: 'tip' as const, historyRetryMs: 100, signal: stop.signal };
    const following = followNode(node, options);
    try {
      await until('all that there is', async () => (await stateOf(store))?.coverage[0]?.[0] === BASE + 1);
      await until('a word of it', () => warnings.length > 0);
      await node.mine(1);
      const tip = await node.rpc<string>('getbestblockhash');
      await until('the new block', async () => (await stateOf(store))?.tip?.hash === tip);
      expect(warnings).toEqual([expect.stringMatching(/not yet downloaded .* Older blocks wait for it/)]);
      hasThem = true;
      await until('all of it', async () => (await stateOf(store))?.coverage[0]?.[0] === 0);
      await untilCaughtUp(store, node);
    } finally {
      stop.abort();
      await following;
      await store.close();
    }
  });

  it('is waited for if the index needs that block next, and the indexed blocks are kept', async () => {
    const hash = await node.rpc<string>('getblockhash', BASE);
    let hasIt = false;
    await using front = await FakeNode.before(node, ({ path }) =>
      !hasIt && path.includes(`block/${hash}`)
        ? { status: 404, body: `${hash} not available (not fully downloaded)` }
        : null,
    );
    const warnings: string[] = [];
    const store = await temporaryStore();
    const live = new LiveNode(parseNodeAddress(front.url));
    const log = { info() {}, warn: (message: string) => warnings.push(message) };
    const following = followNode(node, { store, node: live, live, log, once: true });
    await until('what comes before', async () => (await stateOf(store))?.tip?.height === BASE - 1);
    await until('a word of it', () => warnings.length > 0);
    expect(warnings).toEqual([expect.stringContaining('(NODE_LACKS_BLOCK)')]);
    hasIt = true;
    await following;
    await untilCaughtUp(store, node);
    await store.close();
  });
});
