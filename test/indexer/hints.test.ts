import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { type Hint, PendingHints } from '../../indexer/node/hints/hint.ts';
import { givenSubscriptions, offeredSubscriptions, reachableAddress } from '../../indexer/node/hints/publications.ts';
import { BCHN, CORE, SV, type ZmqDialect } from '../../indexer/node/hints/zmq-dialects.ts';
import { SequenceNumbers } from '../../indexer/node/hints/zmq-subscription.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { fromHex, toHex } from '../../src/chain/bytes.ts';
import { type NetworkId, networkById } from '../../src/chain/networks.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { FakeBchn, FakeSv } from '../support/fake-dialects.ts';
import { FakeNode } from '../support/fake-node.ts';
import { HeardHints } from '../support/heard-hints.ts';
import { EMPTY_REGTEST } from '../support/scripted-node.ts';
import { encodeCoinbase } from '../support/synthetic-chain.ts';
import { UnreliableZmq } from '../support/unreliable-zmq.ts';
import { numberFrame, ZmqPublisher } from '../support/zmq-publisher.ts';

const TXID = 'aabb'.repeat(16);
const OTHER = 'ccdd'.repeat(16);
/** BIP143's P2WPKH example, signed. */
const WITH_WITNESS =
  '01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00000000494830450221008b9d1dc26ba6a9cb6' +
  '2127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed' +
  '01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9' +
  '148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac00' +
  '0247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f3358f51' +
  '928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee635711000000';
const WITH_WITNESS_TXID = 'e8151a2af31c368a35053ddd4bdb285a8595c769a3ad83e0fa02314a602d4609';
const LOST = [{ kind: 'lost' }];
const TIP = [{ kind: 'tip' }];

const DIALECTS = { CORE, BCHN, SV } as const;
const NETWORKS = { CORE: 'btc-regtest', BCHN: 'bch-regtest', SV: 'bsv-regtest' } as const satisfies Record<
  keyof typeof DIALECTS,
  NetworkId
>;
type Name = keyof typeof DIALECTS;

function read(name: Name, topic: string, body: Uint8Array | string): readonly Hint[] {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return DIALECTS[name].readers.get(topic)?.(bytes, networkById(NETWORKS[name])) ?? [];
}

function readable(hints: readonly Hint[]): unknown[] {
  return hints.map((hint) => ('raw' in hint ? { ...hint, raw: hint.raw && toHex(hint.raw) } : hint));
}

describe('the dialect of', () => {
  it.each([
    ['CORE', 'hashblock'],
    ['BCHN', 'hashblock'],
    ['SV', 'hashblock'],
    ['SV', 'hashblock2'],
  ] as const)('%s announces a tip by %s', (name, topic) => {
    expect(read(name, topic, fromHex(TXID))).toEqual(TIP);
    expect(read(name, topic, fromHex(TXID.slice(2)))).toEqual(LOST);
  });

  it.each([
    ['CORE', 'rawblock'],
    ['BCHN', 'rawblock'],
    ['SV', 'rawblock'],
    ['SV', 'rawblock2'],
  ] as const)('%s announces a tip by a whole block: %s', (name, topic) => {
    expect(read(name, topic, new Uint8Array(300))).toEqual(TIP);
    expect(read(name, topic, new Uint8Array(79))).toEqual(LOST);
  });

  it.each([
    ['CORE', 'hashtx'],
    ['BCHN', 'hashtx'],
    ['SV', 'hashtx'],
    ['SV', 'hashtx2'],
  ] as const)('%s announces a txid in display order by %s', (name, topic) => {
    expect(read(name, topic, fromHex(TXID))).toEqual([{ kind: 'transaction', txid: TXID, raw: null }]);
    expect(read(name, topic, fromHex(`${TXID}00`))).toEqual(LOST);
  });

  it.each([
    ['CORE', 'rawtx'],
    ['BCHN', 'rawtx'],
    ['SV', 'rawtx'],
    ['SV', 'rawtx2'],
  ] as const)('%s announces a whole transaction by %s', (name, topic) => {
    const raw = encodeCoinbase(7, []);
    const hint = { kind: 'transaction', txid: expect.stringMatching(/^[0-9a-f]{64}$/), raw: toHex(raw) };
    expect(readable(read(name, topic, raw))).toEqual([hint]);
    expect(read(name, topic, raw.subarray(1))).toEqual(LOST);
    expect(read(name, topic, Buffer.concat([raw, raw]))).toEqual(LOST);
    expect(read(name, topic, '')).toEqual(LOST);
  });

  it('CORE leaves witnesses out of a txid; the others do not accept them in a transaction', () => {
    const raw = fromHex(WITH_WITNESS);
    expect(readable(read('CORE', 'rawtx', raw))).toEqual([
      { kind: 'transaction', txid: WITH_WITNESS_TXID, raw: WITH_WITNESS },
    ]);
    expect(read('BCHN', 'rawtx', raw)).toEqual(LOST);
    expect(read('SV', 'rawtx', raw)).toEqual(LOST);
  });

  it('CORE publishes changes of blocks and transactions as "sequence"', () => {
    const message = (label: string, count = '') => Buffer.from(`${TXID}${toHex(Buffer.from(label))}${count}`, 'hex');
    const count = '0100000000000000';
    expect(read('CORE', 'sequence', message('C'))).toEqual(TIP);
    expect(read('CORE', 'sequence', message('D'))).toEqual(TIP);
    expect(read('CORE', 'sequence', message('A', count))).toEqual([{ kind: 'transaction', txid: TXID, raw: null }]);
    expect(read('CORE', 'sequence', message('R', count))).toEqual([
      { kind: 'removed', txid: TXID, reason: null, by: null },
    ]);
    for (const wrong of [message('A'), message('C', count), message('X'), message('X', count), message(''), '']) {
      expect(read('CORE', 'sequence', wrong)).toEqual(LOST);
    }
  });

  it('BCHN publishes the transaction that is double spent', () => {
    const hint = { kind: 'doubleSpend', txid: TXID, by: null };
    expect(read('BCHN', 'hashds', fromHex(TXID))).toEqual([hint]);
    const raw = encodeCoinbase(7, []);
    const [told] = read('BCHN', 'rawtx', raw);
    expect(read('BCHN', 'rawds', raw)).toEqual([{ ...hint, txid: told?.kind === 'transaction' && told.txid }]);
    expect(read('BCHN', 'hashds', 'x')).toEqual(LOST);
    expect(read('BCHN', 'rawds', raw.subarray(2))).toEqual(LOST);
  });

  it.each([
    ['discardedfrommempool', 'expired', 'expired'],
    ['discardedfrommempool', 'mempool-sizelimit-exceeded', 'evicted'],
    ['discardedfrommempool', 'collision-in-block-tx', 'conflict'],
    ['discardedfrommempool', 'unknown-reason', null],
    ['discardedfrommempool', 'constructor', null],
    ['removedfrommempoolblock', 'included-in-block', 'mined'],
    ['removedfrommempoolblock', 'reorg', 'reorganised'],
  ])('SV announces by %s why a transaction leaves: %s', (topic, word, reason) => {
    const message = { txid: TXID, reason: word };
    expect(read('SV', topic, JSON.stringify(message))).toEqual([{ kind: 'removed', txid: TXID, reason, by: null }]);
    const collision = { ...message, collidedWith: { txid: OTHER, size: 100, hex: '00' }, blockhash: TXID };
    expect(read('SV', topic, JSON.stringify(collision))).toEqual([{ kind: 'removed', txid: TXID, reason, by: OTHER }]);
  });

  it('SV publishes rejected transactions as invalidtx, with those that they would double spend', () => {
    const message = { fromBlock: false, source: 'p2p', txid: TXID, size: 200, isInvalid: true, rejectionCode: 16 };
    expect(read('SV', 'invalidtx', JSON.stringify(message))).toEqual([
      { kind: 'removed', txid: TXID, reason: 'invalid', by: null },
    ]);
    const collision = { ...message, collidedWith: [{ txid: OTHER, size: 9 }, 'odd', { txid: TXID }] };
    expect(read('SV', 'invalidtx', JSON.stringify(collision))).toEqual([
      { kind: 'doubleSpend', txid: OTHER, by: TXID },
      { kind: 'doubleSpend', txid: TXID, by: TXID },
      { kind: 'removed', txid: TXID, reason: 'conflict', by: OTHER },
    ]);
  });

  it.each(['', 'null', '[]', '{}', '{"txid":1}', `{"txid":"${TXID}"`, '{"txid":"ab"}', '\xff\x00'])(
    'SV counts a malformed message as lost: %s',
    (body) => {
      for (const topic of ['invalidtx', 'discardedfrommempool', 'removedfrommempoolblock']) {
        expect(read('SV', topic, body)).toEqual(LOST);
      }
    },
  );

  it.each(Object.keys(DIALECTS) as Name[])('%s makes hints of any bytes, and none of an unknown topic', (name) => {
    const topic = fc.constantFrom(...DIALECTS[name].topics.flat());
    const json = fc.oneof(
      fc.json(),
      fc
        .record({
          txid: fc.oneof(fc.constant(TXID), fc.jsonValue()),
          reason: fc.oneof(fc.constant('expired'), fc.jsonValue()),
          collidedWith: fc.oneof(fc.array(fc.record({ txid: fc.constant(OTHER) })), fc.jsonValue()),
        })
        .map((message) => JSON.stringify(message)),
    );
    const body = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 32, maxLength: 41 }), json);
    const kinds = ['tip', 'transaction', 'removed', 'doubleSpend', 'lost'];
    fc.assert(
      fc.property(topic, body, (of, bytes) => {
        const hints = read(name, of, bytes);
        expect(hints.length).toBeGreaterThan(0);
        for (const hint of hints) {
          expect(kinds).toContain(hint.kind);
          if ('txid' in hint) expect(hint.txid).toMatch(/^[0-9a-f]{64}$/);
        }
      }),
    );
    for (const other of ['', 'rawblock3', 'hashblock3', 'toString'])
      expect(read(name, other, fromHex(TXID))).toEqual([]);
  });
});

describe('numbers of messages', () => {
  const gaps = (...numbers: readonly number[]) => {
    const counted = new SequenceNumbers();
    return numbers.filter((number) => counted.isGap('rawtx', number));
  };

  it('have a gap if one is missing, and at the start unless it is the very first', () => {
    expect(gaps(0, 1, 2, 3)).toEqual([]);
    expect(gaps(7, 8, 9)).toEqual([7]);
    expect(gaps(0, 1, 3, 4, 9)).toEqual([3, 9]);
  });

  it('may come twice or late', () => {
    expect(gaps(0, 0, 1, 1, 2)).toEqual([]);
    expect(gaps(0, 2, 1, 3, 2, 4)).toEqual([2]);
  });

  it('begin again after 32 bits, and when the node was restarted', () => {
    expect(gaps(0xffff_fffe, 0xffff_ffff, 0, 1)).toEqual([0xffff_fffe]);
    expect(gaps(0, 1, 2, 3, 0, 1, 2)).toEqual([0]);
    expect(gaps(0xffff_fffe, 1, 2)).toEqual([0xffff_fffe, 1]);
  });

  it('are counted for each topic, until they are forgotten', () => {
    const counted = new SequenceNumbers();
    expect(['hashtx', 'hashtx2', 'rawtx'].map((topic) => counted.isGap(topic, 0))).toEqual([false, false, false]);
    counted.forget();
    expect(counted.isGap('hashtx', 1)).toBe(true);
    expect(counted.isGap('rawtx', 0)).toBe(false);
  });
});

describe('pending hints', () => {
  const transaction = (length: number | null): Hint => ({
    kind: 'transaction',
    txid: TXID,
    raw: length === null ? null : new Uint8Array(length),
  });
  const kept = (pending: PendingHints) =>
    pending.take().map((hint) => ('raw' in hint ? (hint.raw?.length ?? null) : hint.kind));

  it('have one tip and one lost', () => {
    const pending = new PendingHints();
    for (const kind of ['tip', 'lost', 'tip', 'lost', 'tip'] as const) pending.add({ kind });
    expect(kept(pending)).toEqual(['tip', 'lost']);
    pending.add({ kind: 'tip' });
    expect(kept(pending)).toEqual(['tip']);
    expect(pending.isEmpty).toBe(true);
  });

  it('lose raw transactions first, and become one lost at last', () => {
    const pending = new PendingHints({ hints: 4, rawBytes: 100 });
    for (const length of [60, 41, 40]) pending.add(transaction(length));
    expect(kept(pending)).toEqual([60, null, 40]);
    for (let n = 0; n < 9; n++) pending.add(transaction(1));
    expect(pending.isEmpty).toBe(false);
    expect(kept(pending)).toEqual(['lost']);
    for (let n = 0; n < 4; n++) pending.add(transaction(10));
    expect(kept(pending)).toEqual([10, 10, 10, 10]);
  });
});

describe('the address to listen at', () => {
  it.each([
    ['tcp://127.0.0.1:28332', '127.0.0.1', 'tcp://127.0.0.1:28332'],
    ['tcp://127.0.0.1:28332', 'localhost', 'tcp://127.0.0.1:28332'],
    ['tcp://127.0.0.1:28332', 'node.example', 'tcp://node.example:28332'],
    ['tcp://127.0.0.1:28332', '[fd00::7]', 'tcp://[fd00::7]:28332'],
    ['tcp://[::1]:28332', 'node.example', 'tcp://node.example:28332'],
    ['tcp://0.0.0.0:28332', '127.0.0.1', 'tcp://127.0.0.1:28332'],
    ['tcp://0.0.0.0:28332', 'localhost', 'tcp://127.0.0.1:28332'],
    ['tcp://*:28332', 'node.example', 'tcp://node.example:28332'],
    ['tcp://[::]:28332', '10.0.0.7', 'tcp://10.0.0.7:28332'],
    ['tcp://10.0.0.9:28332', '10.0.0.7', 'tcp://10.0.0.9:28332'],
    ['ipc:///run/bitcoind.zmq', 'node.example', 'ipc:///run/bitcoind.zmq'],
    ['unix:/run/bitcoind.zmq', '127.0.0.1', 'ipc:///run/bitcoind.zmq'],
  ])('%s of a node at %s is %s', (address, host, reachable) => {
    expect(reachableAddress(address, host)).toBe(reachable);
  });

  it('has the best of the equivalent topics that the node offers', () => {
    const at = (port: number, ...topics: string[]) =>
      topics.map((topic) => ({ topic, address: `tcp://127.0.0.1:${port}` }));
    const offered = (dialect: ZmqDialect, ...offers: readonly { topic: string; address: string }[]) =>
      Object.fromEntries(offeredSubscriptions(offers, dialect, '127.0.0.1'));
    expect(offered(CORE, ...at(1, 'hashtx', 'rawblock', 'rawtx'), ...at(2, 'sequence', 'hashblock'))).toEqual({
      'tcp://127.0.0.1:1': ['rawtx'],
      'tcp://127.0.0.1:2': ['hashblock', 'sequence'],
    });
    expect(offered(SV, ...at(1, 'hashtx2', 'rawtx', 'invalidtx', 'hashblock2', 'hashblock'))).toEqual({
      'tcp://127.0.0.1:1': ['hashblock2', 'rawtx', 'invalidtx'],
    });
    expect(offered(CORE, ...at(1, 'rawblock', 'rawtx'))).toEqual({ 'tcp://127.0.0.1:1': ['rawblock', 'rawtx'] });
    expect(offered(CORE, ...at(1, 'rawblock', 'sequence'))).toEqual({ 'tcp://127.0.0.1:1': ['sequence'] });
    expect(offered(SV, ...at(1, 'rawblock', 'rawblock2'))).toEqual({ 'tcp://127.0.0.1:1': ['rawblock2'] });
    expect(offered(BCHN, ...at(1, 'rawds', 'rawblock'))).toEqual({ 'tcp://127.0.0.1:1': ['rawblock', 'rawds'] });
    expect(offered(BCHN, ...at(1, 'rawproof'))).toEqual({});
    expect(Object.fromEntries(givenSubscriptions(['ipc:///a'], CORE))).toEqual({
      'ipc:///a': ['hashblock', 'sequence', 'rawblock', 'rawtx', 'hashtx'],
    });
  });
});

const NEVER = new AbortController().signal;

function liveNode(url: string, zmq: readonly string[] | null = null): LiveNode {
  return new LiveNode(parseNodeAddress(url), zmq);
}

describe('hints of a scripted node', () => {
  it('of Bitcoin Cash Node are received', async () => {
    await using node = await FakeBchn.start();
    const hints = (await liveNode(node.url).openHints())!;
    const heard = new HeardHints(hints);
    await node.publisher.heard('hashblock', 'rawtx', 'hashds');
    const raw = encodeCoinbase(7, []);
    await node.publisher.publish('rawtx', raw);
    await node.publisher.publish('hashblock', fromHex(OTHER));
    await node.publisher.publish('hashds', fromHex(TXID));
    await heard.untilKind('doubleSpend');
    expect(heard.all.map(({ kind }) => kind)).toEqual(['lost', 'transaction', 'tip', 'doubleSpend']);
    hints.close();
  });

  it('of Bitcoin SV are received, each once if the node offers that', async () => {
    await using node = await FakeSv.start();
    const hints = (await liveNode(node.url).openHints())!;
    const heard = new HeardHints(hints);
    await node.publisher.heard('hashblock2', 'rawtx2', 'invalidtx', 'discardedfrommempool', 'removedfrommempoolblock');
    const raw = encodeCoinbase(7, []);
    await node.publisher.publish('rawtx2', raw);
    await node.publisher.publish('rawtx', raw);
    await node.publisher.publish('invalidtx', JSON.stringify({ txid: TXID, collidedWith: [{ txid: OTHER }] }));
    await node.publisher.publish('discardedfrommempool', JSON.stringify({ txid: TXID, reason: 'expired' }));
    await node.publisher.publish('hashblock2', fromHex(OTHER));
    await heard.untilKind('tip');
    expect(heard.all.map(({ kind }) => kind)).toEqual([
      'lost',
      'transaction',
      'doubleSpend',
      'removed',
      'removed',
      'tip',
    ]);
    hints.close();
  });

  it('that gives no minimum fee leaves open whether its mempool is full, and gives its outputs', async () => {
    await using sv = await FakeSv.start();
    sv.answer({
      getmempoolinfo: { size: 1, mempoolminfee: 0 },
      gettxout: { value: 1e-8, scriptPubKey: { hex: '51' } },
    });
    expect(await liveNode(sv.url).isMempoolFull()).toBeNull();
    expect(await liveNode(sv.url).unspentOutputs([{ txid: TXID, index: 0 }])).toEqual([
      { value: 1, script: fromHex('51') },
    ]);
    await using bchn = await FakeBchn.start();
    const tokenData = { category: TXID, amount: '5', nft: { capability: 'mutable', commitment: 'cc' } };
    bchn.answer({ gettxout: { value: 0.00001, scriptPubKey: { hex: '51' }, tokenData } });
    const [output] = await liveNode(bchn.url).unspentOutputs([{ txid: TXID, index: 0 }]);
    expect([output!.value, toHex(output!.script)]).toEqual([1_000, `ef${toHex(fromHex(TXID).reverse())}7101cc0551`]);
  });

  it.each([
    ['publishes nothing', { getzmqnotifications: [] }],
    ['was built without ZMQ', {}],
    [
      'publishes only what is of no use',
      { getzmqnotifications: [{ type: 'pubhashwallettx', address: 'tcp://127.0.0.1:1' }] },
    ],
  ])('that %s are none', async (_, results) => {
    await using node = await FakeNode.alone(({ method }) => {
      if (method === 'getnetworkinfo') return { result: { subversion: '/Satoshi:29.0.0/' } };
      if (method === 'getblockchaininfo') return { result: EMPTY_REGTEST };
      if (method !== undefined && Object.hasOwn(results, method)) return { result: Reflect.get(results, method) };
      return { error: { code: -32601, message: 'Method not found' } };
    });
    expect(await liveNode(node.url).openHints()).toBeNull();
  });

  it('come from the configured address, whatever the node reports', async () => {
    await using node = await FakeBchn.start([]);
    expect(await liveNode(node.url).openHints()).toBeNull();
    const hints = (await liveNode(node.url, [node.publisher.address]).openHints())!;
    await node.publisher.heard(...BCHN.topics.flat());
    await node.publisher.publish('hashblock', fromHex(TXID));
    await new HeardHints(hints).untilKind('tip');
    hints.close();
    await expect(liveNode(node.url, ['tcp://nowhere']).openHints()).rejects.toMatchObject({
      code: 'BAD_SETTING',
      message: expect.stringContaining('tcp://nowhere'),
    });
  });

  it('are lost if messages are missing, damaged or not numbered', async () => {
    await using node = await FakeBchn.start();
    const hints = (await liveNode(node.url).openHints())!;
    const heard = new HeardHints(hints);
    const { publisher } = node;
    await publisher.heard('hashblock', 'rawtx', 'hashds');
    await heard.untilKind('lost');
    const hash = fromHex(TXID);
    await publisher.publish('hashblock', hash);
    await publisher.publish('hashblock', hash);
    await heard.untilKind('tip');
    heard.forget();
    for (const spoil of [
      () => publisher.lose('hashblock'),
      () => publisher.publish('rawtx', 'no transaction'),
      () => publisher.send('rawtx', encodeCoinbase(7, []), 'not a number'),
      () => publisher.send('hashds'),
      () => publisher.send('hashblock', hash, numberFrame(0)),
    ]) {
      await spoil();
      await publisher.publish('hashblock', hash);
      await heard.untilKind('tip');
      await heard.untilKind('lost');
      heard.forget();
    }
    hints.close();
  });

  it('are lost while the node is away, and received again when it is back', async () => {
    await using node = await FakeBchn.start([]);
    const first = await ZmqPublisher.open();
    const hints = (await liveNode(node.url, [first.address]).openHints())!;
    const heard = new HeardHints(hints);
    await first.heard('hashblock');
    await first.publish('hashblock', fromHex(TXID));
    await heard.untilKind('tip');
    first.close();
    heard.forget();
    const second = await ZmqPublisher.open(first.address);
    await heard.untilKind('lost');
    await second.heard('hashblock');
    second.lose('hashblock');
    await second.publish('hashblock', fromHex(TXID));
    await heard.untilKind('tip');
    hints.close();
    second.close();
  });

  it('are lost with a message that is too long, and continue', async () => {
    await using node = await FakeBchn.start();
    const hints = (await liveNode(node.url).openHints())!;
    const heard = new HeardHints(hints);
    await node.publisher.heard('rawtx', 'hashblock');
    await heard.untilKind('lost');
    heard.forget();
    await node.publisher.publish('rawtx', new Uint8Array(65 * 1024 * 1024));
    await heard.untilKind('lost');
    await until('a block that is heard', async () => {
      await node.publisher.publish('hashblock', fromHex(TXID));
      return (await hints.next(100, NEVER)).some(({ kind }) => kind === 'tip');
    });
    hints.close();
  });

  it('are waited for until the timeout, the signal or the end, and no longer', async () => {
    await using node = await FakeBchn.start();
    const hints = (await liveNode(node.url).openHints())!;
    await new HeardHints(hints).untilKind('lost');
    expect(await hints.next(1, NEVER)).toEqual([]);
    const stop = new AbortController();
    const stopped = hints.next(600_000, stop.signal);
    stop.abort();
    expect(await stopped).toEqual([]);
    expect(await hints.next(600_000, stop.signal)).toEqual([]);
    const closed = hints.next(600_000, NEVER);
    hints.close();
    expect(await closed).toEqual([]);
    expect(await hints.next(600_000, NEVER)).toEqual([]);
    hints.close();
  });

  it('keep no process alive once they are closed', async () => {
    await using node = await FakeBchn.start();
    const script = fileURLToPath(new URL('./open-and-close-hints.ts', import.meta.url));
    for (const urls of [[node.url], [node.url, 'tcp://127.0.0.1:1']]) {
      const { stdout } = await promisify(execFile)(process.execPath, [script, ...urls], { timeout: 30_000 });
      expect(stdout).toBe('closed\n');
    }
  });
});

describe('an unreliable connection to the node', () => {
  const COUNT = 300;

  async function listen(seed: number, faults: { drop: number; repeat: number; swap: number }) {
    await using node = await FakeBchn.start([]);
    await using relay = await UnreliableZmq.before(node.publisher.address, seed, faults);
    const hints = (await liveNode(node.url, [relay.address]).openHints())!;
    const heard = new HeardHints(hints);
    await relay.heard('hashtx', 'hashblock');
    await node.publisher.heard('');
    await heard.untilKind('lost');
    heard.forget();
    const txids = Array.from({ length: COUNT }, (_, n) => n.toString(16).padStart(64, '0'));
    for (const txid of txids) await node.publisher.publish('hashtx', fromHex(txid));
    const { counts } = relay;
    await until('all to arrive', () => counts.passed + counts.dropped >= COUNT - 1);
    await relay.calm();
    await node.publisher.publish('hashtx', fromHex(TXID));
    await heard.untilTransaction(TXID);
    hints.close();
    const found = new Set(heard.all.flatMap((hint) => ('txid' in hint ? [hint.txid] : [])));
    return { counts, missing: txids.filter((txid) => !found.has(txid)), kinds: heard.all.map(({ kind }) => kind) };
  }

  it('that drops messages makes them lost', async () => {
    for (const seed of [1, 2, 3]) {
      const { counts, missing, kinds } = await listen(seed, { drop: 10, repeat: 10, swap: 10 });
      expect(Math.min(counts.dropped, counts.repeated, counts.swapped)).toBeGreaterThan(0);
      expect(missing).toHaveLength(counts.dropped);
      expect(kinds).toContain('lost');
    }
  });

  it('that only repeats loses nothing', async () => {
    const { counts, missing, kinds } = await listen(4, { drop: 0, repeat: 30, swap: 0 });
    expect(counts.repeated).toBeGreaterThan(0);
    expect(missing).toEqual([]);
    expect(kinds).not.toContain('lost');
  });

  it('that swaps messages may make them lost, but brings them all', async () => {
    const { counts, missing } = await listen(5, { drop: 0, repeat: 0, swap: 30 });
    expect(counts.swapped).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });
});
