import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startRegtest } from '../../dev/regtest.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { hashToHex, toHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { decodeState } from '../../src/store/state.ts';
import { describeWith } from '../services/suite.ts';
import { FakeNode } from '../support/fake-node.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { encodeCoinbase } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const HASH = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
const PAYMENT = encodeCoinbase(7, []);
const TXID = hashToHex(hash256(PAYMENT));
const BLOCK = { previousblockhash: HASH, time: 1_296_688_602, chainwork: '02', nTx: 1 };

/** Answers of a node, by method; each field is tested. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  getblockchaininfo: { chain: 'regtest', blocks: 5, headers: 6, bestblockhash: HASH, pruned: true, pruneheight: 2 },
  getnetworkinfo: { subversion: '/Satoshi:30.0.0/' },
  getblockhash: HASH,
  getbestblockhash: HASH,
  getblockheader: BLOCK,
  getchaintxstats: { txcount: 9 },
  getchaintips: [{ height: 5, hash: HASH, branchlen: 0, status: 'active' }],
  getmempoolinfo: { loaded: true, size: 1, mempoolminfee: 0.00002, minrelaytxfee: 0.00001 },
  getrawmempool: [HASH],
  getmempoolentry: { weight: 400, size: 100, time: 1_296_688_602 },
  getrawtransaction: toHex(PAYMENT),
  getblock: {
    nTx: 2,
    tx: [{ vin: [{ coinbase: '00' }] }, { vin: [{ prevout: { value: 0.25, scriptPubKey: { hex: '51' } } }] }],
  },
  gettxout: { value: 0.5, scriptPubKey: { hex: '51' } },
  getzmqnotifications: [{ type: 'pubhashblock', address: 'tcp://127.0.0.1:1' }],
};

/** The parsed values, with the range of each number. */
const ASK: Readonly<Record<string, (node: LiveNode) => Promise<unknown>>> = {
  info: (node) => node.info(),
  blockHash: (node) => node.blockHash(5),
  header: (node) => node.header(HASH),
  transactionCount: (node) => node.transactionCount(HASH),
  chainTips: (node) => node.chainTips(),
  mempool: (node) => node.mempool(),
  isMempoolFull: (node) => node.isMempoolFull(),
  mempoolTransactions: (node) => node.mempoolTransactions([TXID]),
  spentOutputs: async (node) => all(await node.spentOutputs(HASH)),
  unspentOutputs: (node) => node.unspentOutputs([{ txid: HASH, index: 0 }]),
};

async function all<T>(items: AsyncIterable<T> | null): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items ?? []) found.push(item);
  return found;
}

const nonsense = fc.oneof(
  fc.constantFrom<unknown>(-1, -2, 1.5, 2 ** 53, 1e300, -1e300, null, true, '', '5', '-1', [], {}, [5], '0x1', 'ÿ'),
  fc.constantFrom('x'.repeat(64), HASH.toUpperCase(), HASH.slice(1), `${HASH}00`, 'g', 'x'.repeat(1_000)),
  fc.jsonValue(),
);

/** Every place in an answer, as a path. */
function placesIn(answer: unknown, way: readonly string[] = []): (readonly string[])[] {
  if (typeof answer !== 'object' || answer === null) return [way];
  return [way, ...Object.entries(answer).flatMap(([key, value]) => placesIn(value, [...way, key]))];
}

function changed(answer: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(answer)) return answer.map((item, i) => (String(i) === key ? changed(item, rest, value) : item));
  const fields = answer as Readonly<Record<string, unknown>>;
  return { ...fields, [key]: changed(fields[key], rest, value) };
}

const lie = fc
  .constantFrom(...Object.keys(ANSWERS))
  .chain((method) => fc.tuple(fc.constant(method), fc.constantFrom(...placesIn(ANSWERS[method])), nonsense));

/** Whether numbers, hashes and work in a parsed answer are valid. */
function isPrecise(value: unknown, field = ''): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 && value <= limitOf(field);
  if (typeof value === 'bigint') return value >= 0n && value < 2n ** 256n;
  if (typeof value === 'string') return !/hash|txids/i.test(field) || /^[0-9a-f]{64}$/.test(value);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isPrecise(item, field));
  return Object.entries(value).every(([key, item]) => isPrecise(item, key));
}

function limitOf(field: string): number {
  if (/height|headers|lowest|branch/i.test(field)) return 2 ** 24 - 1;
  return field === 'time' ? 2 ** 32 - 1 : 21e14;
}

describe('any answer of a node', () => {
  it('is well formed, or refused with the name of the call', async () => {
    let lying: readonly [string, unknown] = ['', null];
    await using fake = await FakeNode.alone(({ method }) => {
      if (method === undefined) return { status: 404, body: '' };
      return { result: method === lying[0] ? lying[1] : ANSWERS[method] };
    });
    const node = new LiveNode(parseNodeAddress(fake.url));
    const refused: string[] = [];
    await fc.assert(
      fc.asyncProperty(lie, async ([method, place, value]) => {
        lying = [method, changed(ANSWERS[method], place, value)];
        for (const ask of Object.values(ASK)) {
          const result = await ask(node).catch((error: unknown) => error);
          if (!(result instanceof Error)) expect(isPrecise(result)).toBe(true);
          else {
            expect(result).toMatchObject({ code: 'NODE_REFUSED', message: expect.stringContaining(method) });
            refused.push(method);
          }
        }
      }),
      { numRuns: 100 },
    );
    expect(new Set(refused).size).toBeGreaterThan(7);
  });

  it.each([
    ['getblockchaininfo', { blocks: -1 }, /getblockchaininfo has no height from 0 to \d+ in "blocks"/],
    ['getblockchaininfo', { headers: -2 }, /"headers"/],
    ['getblockchaininfo', { bestblockhash: 'tip' }, /getblockchaininfo has no hash in "bestblockhash"/],
    ['getblockchaininfo', { pruned: true, pruneheight: -5 }, /"pruneheight"/],
    ['getnetworkinfo', { subversion: 'x'.repeat(257) }, /getnetworkinfo has no text of at most 256/],
  ])('is refused with the name of the call and field: %s %j', async (method, lies, message) => {
    await using fake = await FakeNode.alone((question) => {
      const answer = ANSWERS[question.method ?? ''];
      return { result: question.method === method ? { ...(answer as object), ...lies } : answer };
    });
    const refused = { code: 'NODE_REFUSED', message: expect.stringMatching(message) };
    await expect(new LiveNode(parseNodeAddress(fake.url)).info()).rejects.toMatchObject(refused);
  });

  it('about headers that it has not checked yet is refused', async () => {
    const info = { ...(ANSWERS.getblockchaininfo as object), headers: -1 };
    await using fake = await FakeNode.alone(({ method = '' }) => ({
      result: method === 'getblockchaininfo' ? info : ANSWERS[method],
    }));
    expect((await new LiveNode(parseNodeAddress(fake.url)).info()).headers).toBe(5);
  });
});

describeWith('bitcoind')('an index of a node that lies', ({ bitcoind }) => {
  it.each([
    ['getblockchaininfo', { blocks: -7 }, 'blocks'],
    ['getblockchaininfo', { headers: 1.5 }, 'headers'],
    ['getchaintips', [{ height: -1, hash: HASH, branchlen: 1, status: 'invalid' }], 'height'],
    ['getblockheader', { time: -1 }, 'time'],
  ])('contains no lie: %s %j', async (method, lies, field) => {
    await using node = await startRegtest({ bitcoind });
    await node.mine(3);
    const real = await node.rpc('getblockchaininfo');
    await using fake = await FakeNode.before(node, (question) => {
      if (question.method !== method) return null;
      // The raw header is not an object.
      if (method === 'getblockheader') return question.params?.[1] === true ? { result: { ...BLOCK, ...lies } } : null;
      return { result: Array.isArray(lies) ? lies : { ...(real as object), ...lies } };
    });
    const store = await temporaryStore();
    try {
      const indexed = indexQuietly({
        store,
        node: new LiveNode(parseNodeAddress(fake.url)),
        live: new LiveNode(parseNodeAddress(fake.url)),
        from: method === 'getblockheader' ? 2 : 0,
        once: true,
      });
      const refused = { code: 'NODE_REFUSED', message: expect.stringMatching(new RegExp(`${method} .*"${field}"`)) };
      await expect(indexed).rejects.toMatchObject(refused);
      const record = await store.readState();
      expect(record === null ? null : decodeState(record.value).tip).toBeNull();
    } finally {
      await store.close();
    }
  });
});
