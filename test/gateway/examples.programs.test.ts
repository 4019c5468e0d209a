import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { addressOf } from '../../src/chain/address.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { TrustedDocuments } from '../../src/gateway/requests/trusted-documents.ts';
import { packagePath } from '../../src/package-root.ts';
import { Example } from '../support/example.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { serve, type TestGateway } from './support.ts';

const TIMES = { heartbeatMs: 200, stallMs: 10_000, eventMs: 30_000 };
const BLOCKS = 'subscription { blocks { kind block { height } } }';

let chain: MovingChain;
let port: number;
let gateway: TestGateway;

beforeEach(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  port = await freePort();
  await start();
});

afterEach(async () => {
  await gateway.close();
  await chain.close();
});

async function start(): Promise<void> {
  gateway = await serve(chain.store, { port, streamTimes: TIMES });
}

async function untilSubscribed(): Promise<void> {
  await until('somebody to subscribe', async () => {
    const { sse, websocket } = (await gateway.status()).subscriptions.counts;
    return sse + websocket === 1;
  });
}

async function untilAnySubscribes(): Promise<void> {
  await until('somebody to subscribe', async () => {
    const { sse, websocket } = (await gateway.status()).subscriptions.counts;
    return sse + websocket > 0;
  });
}

/** Ten blocks, five of which come while the gateway is away. */
const STEPS = [
  { isUp: true, blocks: 2 },
  { isUp: false, blocks: 3 },
  { isUp: true, blocks: 2 },
  { isUp: false, blocks: 2 },
  { isUp: true, blocks: 1 },
];

/**
 * Adds the blocks.
 * @param told returns how many events a subscriber has received so far
 * @param isGoingOn whether it receives the events that it missed
 */
async function tenBlocks(told: () => number, isGoingOn: boolean): Promise<void> {
  await untilSubscribed();
  let due = 0;
  for (const { isUp, blocks } of STEPS) {
    if (!isUp) await gateway.close();
    for (let i = 0; i < blocks; i++) await chain.commit({ connect: [[]] });
    if (!isUp) {
      await start();
      await untilSubscribed();
    }
    if (isUp || isGoingOn) due += blocks;
    await until(`${due} events`, () => told() >= due);
  }
}

it.each([
  ['follow-graphql-ws.mjs', 'ws'],
  ['follow-graphql-sse.mjs', 'http'],
  ['follow-event-source.mjs', 'http'],
])('%s has 10 of 10 events, though the gateway was restarted twice', async (file, scheme) => {
  const url = `${scheme}://127.0.0.1:${port}/graphql`;
  await using example = new Example(file, [url]);
  await tenBlocks(() => example.lines.length, true);
  expect(example.lines).toEqual(Array.from({ length: 10 }, (_, i) => `CONNECTED ${i + 1}`));
  const goesAway = 'The gateway closed the connection: 1001 Going away. Trying again.\n';
  expect(example.trouble.replaceAll(awayAt(url), '').replaceAll(goesAway, '')).toBe('');
});

const awayAt = (url: string) =>
  `No gateway answers at ${url}: is it running, and the address right, with /graphql at its end? Trying again.\n`;

const LONG_LIVED = [
  ['follow-graphql-ws.mjs', 'ws', []],
  ['follow-graphql-sse.mjs', 'http', []],
  ['follow-event-source.mjs', 'http', []],
  ['feed.mjs', 'http', ['my-app', '0']],
  ['watch-payment.mjs', 'http', ['bcrt1qptrgfwdcrmj6pp55glu08d73tgmtz7v32r4t27', '1', '0']],
] as const;

describe.each(LONG_LIVED)('%s', (file, scheme, args) => {
  const url = () => `${scheme}://127.0.0.1:${port}/graphql`;
  const begin = (address: string) =>
    new Example(file, [...args, address, ...(file === 'feed.mjs' ? [':memory:'] : [])]);

  it('says in one sentence that no gateway answers, and subscribes when one does', async () => {
    await gateway.close();
    await using example = begin(url());
    await until('a sentence', () => example.trouble !== '');
    await start();
    await untilAnySubscribes();
    expect(example.trouble).toBe(awayAt(url()));
  });

  it.each([
    [404, '<h1>Not found</h1>'],
    [502, 'Bad gateway'],
    [200, '<h1>Welcome</h1>'],
  ])('says so if something else answers (%i, %j)', async (status, body) => {
    const server = createServer((_, response) => response.writeHead(status).end(body));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const address = there.replace('http', scheme);
    await using example = begin(address);
    await until('a sentence', () => example.trouble !== '');
    expect(example.trouble).toBe(awayAt(address));
    server.closeAllConnections();
    server.close();
  });
});

it('a test that waits for a line of a program that ends without it learns at once what it printed', async () => {
  await using example = new Example('watch-payment.mjs', ['bcrt1q', 'abc']);
  await expect(example.nextLine('paid')).rejects.toThrow(
    'the program ended with code 1 before paid: it printed [], and on standard error "abc must be a number.\\n"',
  );
});

it.each(['feed.mjs', 'watch-payment.mjs'])('%s without arguments says which ones it takes', async (file) => {
  await using example = new Example(file, []);
  expect(await example.ended).toBe(1);
  expect(example.trouble).toMatch(/^Usage: node .*\n$/);
});

it.each([
  ['follow-graphql-ws.mjs', 'ws'],
  ['follow-graphql-sse.mjs', 'http'],
  ['follow-event-source.mjs', 'http'],
])('%s continues from the present if the chain starts again', async (file, scheme) => {
  await using example = new Example(file, [`${scheme}://127.0.0.1:${port}/graphql`]);
  await untilSubscribed();
  for (let i = 0; i < 3; i++) await chain.commit({ connect: [[]] });
  await until('three events', () => example.lines.length === 3);
  await gateway.close();
  await chain.close();
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  await start();
  await until('what is the matter', () => example.trouble.includes('belongs to another index'));
  await untilSubscribed();
  await chain.commit({ connect: [[]] });
  await until('the fourth event', () => example.lines.length === 4);
  expect(example.lines.at(-1)).toBe('CONNECTED 1');
});

it.each([
  ['graphql-ws.mjs', 'ws'],
  ['graphql-sse.mjs', 'http'],
])('follow-%s ends at a permanent error', async (file, scheme) => {
  const url = `${scheme}://127.0.0.1:${port}/graphql`;
  await gateway.close();
  gateway = await serve(chain.store, { port, trustedDocuments: TrustedDocuments.parse('{}') });
  await using example = new Example(`follow-${file}`, [url]);
  expect(await example.ended).toBe(1);
  expect(example.trouble).toContain('only the queries of its list of trusted documents');
  expect(example.trouble).not.toMatch(/^ {4}at /m);
});

it('feed.mjs reads the posts that it missed while it was away for longer than events are kept', async () => {
  await using sandbox = new Sandbox('feed');
  const file = join(sandbox.folder, 'feed.db');
  const args = ['my-app', '0', `http://127.0.0.1:${port}/graphql`, file];
  const post = (text: string) =>
    chain.make(
      [{ txid: new Uint8Array(32).fill(text.length), index: 0 }],
      [{ value: 1, script: dataScript(['my-app', text].map((item) => new TextEncoder().encode(item))) }],
    );
  const pending = post('unconfirmed');
  await chain.commit({ connect: [[post('one')]], arrive: [pending] });
  const first = new Example('feed.mjs', args);
  await until('what there is', () => first.lines.length === 2);
  await untilSubscribed();
  await first[Symbol.asyncDispose]();
  await chain.commit({ connect: [[pending], [post('three')]] });
  await chain.forgetEvents();
  await using second = new Example('feed.mjs', args);
  await untilSubscribed();
  await chain.commit({ arrive: [post('later on')] });
  await until('what comes', () => second.lines.at(-1)?.endsWith('unconfirmed'));
  using db = new DatabaseSync(file);
  const posts = db.prepare('SELECT text, height FROM posts ORDER BY height NULLS LAST').all();
  expect(posts.map(({ text, height }) => [text, height])).toEqual([
    ['one', 1],
    ['unconfirmed', 2],
    ['three', 3],
    ['later on', null],
  ]);
  expect([first.trouble, second.trouble]).toEqual(['', expect.stringMatching(/^.* Reading again from block 0\.\n$/)]);
});

const bytes = (text: string) => new TextEncoder().encode(text);

function feed(sandbox: Sandbox) {
  const file = join(sandbox.folder, 'feed.db');
  return { file, example: new Example('feed.mjs', ['my-app', '0', `http://127.0.0.1:${port}/graphql`, file]) };
}

const dataOf = (...texts: Uint8Array[]) =>
  chain.make(
    [{ txid: new Uint8Array(32).fill(1), index: 0 }],
    texts.map((text) => ({ value: 1, script: dataScript([bytes('my-app'), text]) })),
  );

it('feed.mjs waits for a file that another program has locked, and names it', async () => {
  await using sandbox = new Sandbox('feed');
  const { file, example } = feed(sandbox);
  await using _ = example;
  await untilSubscribed();
  using other = new DatabaseSync(file, { timeout: 5_000 });
  other.exec('BEGIN IMMEDIATE');
  const post = dataOf(bytes('one'));
  await chain.commit({ arrive: [post] });
  await until('what is the matter', () => example.trouble !== '');
  expect(example.lines).toEqual([]);
  other.exec('UPDATE place SET start = start; COMMIT');
  await until('the post', () => example.lines.length === 1);
  expect(example.trouble).toBe(`The file ${file}: database is locked. Trying again.\n`);
});

it('feed.mjs keeps each post of a transaction, as bytes if they are not text', async () => {
  await using sandbox = new Sandbox('feed');
  const { file, example } = feed(sandbox);
  await using _ = example;
  await untilSubscribed();
  await chain.commit({ arrive: [dataOf(bytes('one'), new Uint8Array([0xff, 0xfe]))] });
  await until('the posts', () => example.lines.length === 2);
  using db = new DatabaseSync(file);
  const rows = db.prepare('SELECT output, text FROM posts ORDER BY output').all();
  expect(rows.map(({ output, text }) => [output, text])).toEqual([
    [0, 'one'],
    [1, 'fffe'],
  ]);
});

it('feed.mjs follows the outputs of a token with the three lines of docs/recipes.md', async () => {
  await using sandbox = new Sandbox('feed');
  const [, lines] = readFileSync(packagePath('docs', 'recipes.md'), 'utf8').match(
    /```js\n(const filter = [^`]*`[^`]*`[^`]*)```/,
  )!;
  const program = readFileSync(packagePath('docs', 'examples', 'feed.mjs'), 'utf8');
  const file = join(sandbox.folder, 'tokens.mjs');
  writeFileSync(
    file,
    program.replace(/const filter = [\s\S]*?\n};\n/, () => lines!),
  );
  symlinkSync(packagePath('node_modules'), join(sandbox.folder, 'node_modules'));
  const bch = networkById('bch-regtest');
  const holds = (byte: number, amount: number) => ({
    value: 1,
    script: concatBytes(
      Uint8Array.of(0xef),
      new Uint8Array(32).fill(byte),
      Uint8Array.of(0x10, amount),
      p2pkhScript(1),
    ),
  });
  const tokens = await MovingChain.create([holds(0xab, 50), holds(0xcd, 60)], undefined, { network: bch });
  const served = await serve(tokens.store, { streamTimes: TIMES });
  await using example = new Example(file, ['ab'.repeat(32), '0', `${served.url}/graphql`, join(sandbox.folder, 'db')]);
  await until('the mined output', () => example.lines.length === 1);
  await until('it to subscribe', async () => (await served.status()).subscriptions.counts.sse === 1);
  const { txid } = tokens.tip.transactions[0]!.transaction;
  await tokens.commit({ arrive: [tokens.make([{ txid, index: 0 }], [holds(0xab, 20), holds(0xab, 30)])] });
  await until('the pending ones', () => example.lines.length === 3);
  using db = new DatabaseSync(join(sandbox.folder, 'db'));
  const rows = db.prepare('SELECT output, height, text FROM posts ORDER BY height NULLS LAST, output').all();
  const holder = addressOf(p2pkhScript(1), bch);
  expect(rows.map(({ output, height, text }) => [output, height, text])).toEqual([
    [0, 0, `${holder} 50`],
    [0, null, `${holder} 20`],
    [1, null, `${holder} 30`],
  ]);
  expect(example.trouble).toBe('');
  await served.close();
  await tokens.close();
});

it('feed.mjs removes a post once if its block is disconnected and its transaction disappears', async () => {
  await using sandbox = new Sandbox('feed');
  const { example } = feed(sandbox);
  await using _ = example;
  await untilSubscribed();
  await chain.commit({ connect: [[dataOf(bytes('one'))]] });
  await until('the post', () => example.lines.length === 1);
  await chain.commit({ disconnect: 1, connect: [[], []] });
  await chain.commit({ arrive: [dataOf(bytes('two'))] });
  await until('the second post', () => example.lines.at(-1)?.endsWith('unconfirmed'));
  expect(example.lines.filter((line) => line.startsWith('-'))).toHaveLength(1);
});

it.each([
  ['feed.mjs', ['my-app', 'abc'], 'HEIGHT must be a number, or tip: it is abc.'],
  ['feed.mjs', ['my-app', '0', 'http://127.0.0.1:1/', '/no such/a.db'], 'The file /no such/a.db cannot be used: '],
  ['watch-payment.mjs', ['bcrt1q', 'abc'], 'abc must be a number.'],
  ['explorer.mjs', ['http://127.0.0.1:1/', 'abc'], 'PORT must be a number below 65536: it is abc.'],
])('%s %j: says in one line what is wrong', async (file, args, sentence) => {
  await using example = new Example(file, args);
  expect(await example.ended).toBe(1);
  expect(example.trouble).toContain(sentence);
  expect(example.trouble.split('\n')).toHaveLength(2);
});

it.each(LONG_LIVED.filter(([, scheme]) => scheme === 'http'))(
  '%s waits as long as the gateway says, and reports that once',
  async (file, _, args) => {
    const times = new Map<string, number[]>();
    let left = 60;
    const server = createServer(async (request, response) => {
      const query = `${request.url}${await text(request)}`;
      times.set(query, [...(times.get(query) ?? []), performance.now()]);
      const message = `Try again in ${left--} seconds.`;
      const errors = [{ message, extensions: { code: 'RATE_LIMITED', retryable: true } }];
      response.writeHead(429, { 'retry-after': '3' }).end(JSON.stringify({ errors }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    await using example = new Example(file, [...args, url, ...(file === 'feed.mjs' ? [':memory:'] : [])]);
    const second = await until('a second try', () => [...times.values()].find((all) => all.length === 2));
    // Timers count whole milliseconds.
    expect(second[1]! - second[0]!).toBeGreaterThanOrEqual(2_990);
    expect(example.trouble).toBe('Try again in 60 seconds. Trying again.\n');
    server.closeAllConnections();
    server.close();
  },
);

interface Stock {
  iterate(request: { query: string }): AsyncIterable<{ readonly data?: unknown }>;
  dispose(): unknown;
}

it.each([
  ['graphql-ws', () => createWsClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket })],
  ['graphql-sse', () => createSseClient({ url: `http://127.0.0.1:${port}/graphql` })],
] as [string, () => Stock][])(
  '%s reconnects by itself, and does not receive the events of the meantime',
  async (_, create) => {
    const client = create();
    const heights: unknown[] = [];
    const listening = (async () => {
      for await (const { data } of client.iterate({ query: BLOCKS })) {
        heights.push((data as { blocks: { block: { height: number } } }).blocks.block.height);
      }
    })().catch(() => {});
    await tenBlocks(() => heights.length, false);
    expect(heights).toEqual([1, 2, 6, 7, 10]);
    client.dispose();
    await gateway.close();
    await start();
    await listening;
  },
);
