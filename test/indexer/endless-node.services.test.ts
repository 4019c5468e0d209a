import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { BitqlError } from '../../src/errors.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { laterThan } from '../../src/waiting.ts';
import { run } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { endless } from '../support/endless.ts';
import { FakeNode, type Question } from '../support/fake-node.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { EMPTY_REGTEST } from '../support/scripted-node.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const ASK_NODE = fileURLToPath(new URL('./ask-node.ts', import.meta.url));
/** A node first reports its network, so that its largest block is known. */
const SELF: Readonly<Record<string, unknown>> = {
  getblockchaininfo: EMPTY_REGTEST,
  getnetworkinfo: { subversion: '/Satoshi:30.0.0/' },
  getmempoolinfo: { loaded: true, size: 3 },
};
const ANSWERED = ['info', 'isMempoolFull'];
/** The memory of a process that calls a node, and the additional memory while the longest answer is read. */
const PEAK_MIB = 480;

const WAYS: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['hex', (response) => endless(response.writeHead(200), '0'.repeat(65_536))],
  ['zeros', (response) => endless(response.writeHead(200), Buffer.alloc(65_536))],
  ['what else it has to say about an error', (response) => endless(response.writeHead(500), '{"error":'.repeat(8_192))],
  ['what it says that is missing', (response) => endless(response.writeHead(404), 'x'.repeat(65_536))],
  ['compressed zeros', (response) => endless(gzipped(response), gzipSync(Buffer.alloc(16 * 1024 * 1024)))],
];

function gzipped(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-encoding': 'gzip' });
}

/** Makes all requests in a separate process. */
async function askAll(script: (question: Question) => ReturnType<Parameters<typeof FakeNode.alone>[0]>) {
  await using fake = await FakeNode.alone(script);
  const hash = EMPTY_REGTEST.bestblockhash;
  const { stdout, stderr } = await run(process.execPath, [ASK_NODE, fake.url, hash]);
  expect(stderr).toBe('');
  await until('the connections to end', () => fake.isIdle);
  return JSON.parse(stdout) as { failures: { question: string; code: string }[]; peakMiB: number };
}

describe.each(WAYS)('a node that answers without an end: %s', (_, respond) => {
  it('is refused for every call, and takes no memory', async () => {
    const { failures, peakMiB } = await askAll(({ method = '' }) =>
      method in SELF ? { result: SELF[method] } : { respond },
    );
    const codes = new Map(failures.map(({ question, code }) => [question, code]));
    const refused = [...codes.keys()].filter((question) => codes.get(question) === 'NODE_REFUSED');
    expect(refused).toEqual([...codes.keys()].filter((question) => !ANSWERED.includes(question)));
    expect(peakMiB).toBeLessThan(PEAK_MIB);
  });
});

const hanging = (response: ServerResponse) => void response.write(' ');

describeWith('bitcoind')('an indexer whose node hangs', ({ bitcoind }) => {
  it.each([
    'getblockchaininfo',
    'getblockhash',
    '/rest/headers/',
    '/rest/block/',
    '/rest/spenttxouts/',
    'getrawmempool',
    'getchaintips',
    'getzmqnotifications',
  ])('in %s ends when it is stopped', async (what) => {
    await using node = await startRegtest({ bitcoind });
    await node.mine(3);
    await using fake = await FakeNode.before(node, ({ path, method }) =>
      method === what || (method === undefined && path.startsWith(what)) ? { respond: hanging } : null,
    );
    const stop = new AbortController();
    const live = new LiveNode(parseNodeAddress(fake.url), null, laterThan(stop.signal, 10, stopped));
    const warnings: string[] = [];
    const store = await temporaryStore();
    try {
      const indexed = indexQuietly({
        leaseMs: 10_000,
        store,
        node: live,
        live,
        from: what === '/rest/spenttxouts/' ? await payAndMine(node) : 0,
        log: { info() {}, warn: (message) => warnings.push(message) },
        signal: stop.signal,
      });
      await until('the question', () => fake.asked(what) > 0);
      stop.abort();
      await indexed;
      expect(warnings).toEqual([]);
    } finally {
      await store.close();
    }
    await until('the connections to end', () => fake.isIdle);
  });
});

const stopped = () => new BitqlError('NODE_UNREACHABLE', 'The test stops.');

/** @returns the height of a block that spends outputs below it */
async function payAndMine(node: RegtestNode): Promise<number> {
  await node.rpc('sendrawtransaction', payment(await mineCoins(node, 1)).hex);
  await node.mine(1);
  return node.rpc<number>('getblockcount');
}
