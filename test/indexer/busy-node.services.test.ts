import { afterAll, beforeAll, expect, it } from 'vitest';
import { DevChain } from '../../dev/dev-chain.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Pace } from '../../src/rpc/pace.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { type Answer, FakeNode, type Question, type Script } from '../support/fake-node.ts';
import { followNode, untilCaughtUp } from '../support/live-index.ts';
import { liveRows, stateOf } from '../support/live-rows.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { expectSameRows } from '../support/visible-rows.ts';

const BLOCKS = 300;

/** A question about a block, or about a transaction. */
interface Asked extends Question {
  readonly hash: string;
}

const withoutRest = ({ path }: Question): Answer | null =>
  path.startsWith('/rest/') ? { status: 404, body: '' } : null;

describeWith('bitcoind')('a node that sometimes has no room for a call', ({ bitcoind }) => {
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

  it.each([
    ['has no memory for a block', 'getblock', -1, 'std::bad_alloc'],
    [
      'cannot read its database',
      'getblockheader',
      -1,
      'Fatal LevelDB error: IO error: 000123.ldb: Too many open files',
    ],
    ['cannot read a file', '/rest/block/', 500, 'I/O error reading'],
  ])('and once in ten times %s is indexed whole', async (_, what, code, message) => {
    let asked = 0;
    await using front = await FakeNode.before(node, (question) => {
      const { path, method } = question;
      const script = what === '/rest/block/' ? null : withoutRest(question);
      const isIt = method === what || path.startsWith(what);
      if (isIt) asked += 1;
      if (!isIt || asked % 10 !== 0) return script;
      const [hash] = /[0-9a-f]{64}/.exec(path) ?? [];
      return hash === undefined ? { error: { code, message } } : { status: code, body: `${message} ${hash}\r\n` };
    });
    expectSameRows(await indexed(new LiveNode(parseNodeAddress(front.url))), rows);
    expect(noted).toEqual([]);
    expect(asked).toBeGreaterThan(10);
    if (what === '/rest/block/') expect(front.asked('getblock')).toBe(0);
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
    node = await startRegtest({ bitcoind, txindex: true });
    const chain = new DevChain(node.urlWithPassword);
    await chain.begin();
    for (let i = 0; i < 10; i++) {
      await chain.send();
      await chain.mine();
    }
  });

  /** The heights of all blocks, by their hashes and by the txids of what they have. */
  async function oldBlocks(): Promise<{ tip: number; spends: Map<string, number> }> {
    const tip = await node.rpc<number>('getblockcount');
    const spends = new Map<string, number>();
    for (let height = 0; height <= tip; height++) {
      const hash = await node.rpc<string>('getblockhash', height);
      const { tx } = await node.rpc<{ tx: string[] }>('getblock', hash);
      for (const text of [hash, ...tx]) spends.set(text, height);
    }
    return { tip, spends };
  }

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

  const undoUnread =
    "Undo data expected but can't be read. This could be due to disk corruption or a conflict with a pruning event.";
  const isIndexing = 'No such mempool transaction. Blockchain transactions are still in the process of being indexed';
  const version22 = { result: { version: 220_000, subversion: '/Satoshi:22.0.0/' } };
  const byRpc = (error: Answer['error']) => (question: Asked) =>
    question.method === 'getblock' ? { error: error! } : null;
  const withoutTxindex = ({ method }: Question) =>
    method === 'getrawtransaction'
      ? { error: { code: -5, message: 'No such mempool transaction. Use -txindex' } }
      : null;
  const withoutUndo = (question: Asked) =>
    question.params?.[1] === 3 ? { params: [question.hash, 2] } : withoutTxindex(question);

  it.each<[string, RegExp, (question: Asked) => Answer | null, Script]>([
    [
      'has not downloaded them, by RPC',
      /not yet downloaded/,
      byRpc({ code: -1, message: 'Block not available (not fully downloaded)' }),
      withoutRest,
    ],
    [
      'has not downloaded them, by REST',
      /not yet downloaded/,
      (question) =>
        question.path.startsWith('/rest/block/')
          ? { status: 404, body: `${question.hash} not available (not fully downloaded)\r\n` }
          : byRpc({ code: -1, message: 'Block not available (not fully downloaded)' })(question),
      () => null,
    ],
    [
      'has not downloaded them, in the words of Core 28',
      /cannot read a block .*"Block not found on disk".* -reindex/,
      (question) =>
        question.path.startsWith('/rest/block/')
          ? { status: 404, body: `${question.hash} not found\r\n` }
          : byRpc({ code: -1, message: 'Block not found on disk' })(question),
      () => null,
    ],
    [
      'has them without undo data, by REST',
      /cannot yet report what a block spends/,
      (question) =>
        question.path.startsWith('/rest/spenttxouts/')
          ? { status: 404, body: `${question.hash} undo not available\r\n` }
          : withoutUndo(question),
      () => null,
    ],
    ['has them without undo data, by RPC', /cannot yet report what a block spends/, withoutUndo, withoutRest],
    [
      'cannot read their undo data',
      /cannot read .*"Undo data expected but can't be read.* -reindex/,
      (question) =>
        question.params?.[1] === 3 ? { error: { code: -32_603, message: undoUnread } } : withoutTxindex(question),
      withoutRest,
    ],
    [
      'is still building its -txindex',
      /still building its -txindex/,
      ({ method }) => (method === 'getrawtransaction' ? { error: { code: -5, message: isIndexing } } : null),
      (question) => {
        if (question.method === 'getnetworkinfo') return version22;
        const { method, params } = question;
        return method === 'getblock' && params?.[1] === 3 ? { params: [params[0], 2] } : withoutRest(question);
      },
    ],
  ])('is followed at its tip, and history waits while it %s', async (_, message, lacking, always) => {
    const { tip, spends } = await oldBlocks();
    const base = tip - 5;
    let hasThem = false;
    await using front = await FakeNode.before(node, (question) => {
      const hash = /[0-9a-f]{64}/.exec(question.path)?.[0] ?? (question.params?.[0] as string | undefined);
      // Of getrawtransaction, the transactions that old blocks spend.
      const isOld = hash !== undefined && (spends.get(hash) ?? tip) <= base;
      return (!hasThem && isOld ? lacking({ ...question, hash }) : null) ?? always(question);
    });
    const warnings: string[] = [];
    const store: ChainStore = await temporaryStore();
    const stop = new AbortController();
    const live = new LiveNode(parseNodeAddress(front.url), null, undefined, { pace: new Pace({ patienceMs: 100 }) });
    const log = { info() {}, warn: (warning: string) => warnings.push(warning) };
    const options = { store, node: live, live, log, from: 'tip' as const, historyRetryMs: 100, signal: stop.signal };
    const following = followNode(node, options);
    try {
      const untilWaiting = until('a word of it', () => warnings.length > 0);
      await Promise.race([following, untilWaiting]);
      await until('all that there is', async () => ((await stateOf(store))?.coverage[0]?.[0] ?? tip) <= base + 1);
      await node.mine(1);
      const best = await node.rpc<string>('getbestblockhash');
      await until('the new block', async () => (await stateOf(store))?.tip?.hash === best);
      expect(warnings).toEqual([expect.stringMatching(new RegExp(`${message.source}.* Older blocks wait for it`))]);
      hasThem = true;
      await until('all of it', async () => (await stateOf(store))?.coverage[0]?.[0] === 0);
      await untilCaughtUp(store, node);
    } finally {
      stop.abort();
      await following;
      await store.close();
    }
  });

  it('says once what it waits for if the tip itself cannot be read', async () => {
    let hasIt = false;
    await using front = await FakeNode.before(node, (question) =>
      !hasIt && question.method === 'getblock'
        ? { error: { code: -1, message: 'std::bad_alloc' } }
        : withoutRest(question),
    );
    const warnings: string[] = [];
    const words: string[] = [];
    const store = await temporaryStore();
    const stop = new AbortController();
    const live = new LiveNode(parseNodeAddress(front.url), null, undefined, { pace: new Pace({ patienceMs: 1 }) });
    const log = { info: (word: string) => words.push(word), warn: (warning: string) => warnings.push(warning) };
    const leaseMs = 3_000;
    const options = { store, node: live, live, log, from: 'tip' as const, leaseMs, signal: stop.signal };
    const following = followNode(node, options);
    try {
      await until('several attempts', () => front.asked('getblock') > 3);
      expect(warnings).toEqual([expect.stringContaining('"std::bad_alloc"')]);
      expect(words.filter((word) => word.startsWith('Indexing '))).toHaveLength(1);
      hasIt = true;
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
