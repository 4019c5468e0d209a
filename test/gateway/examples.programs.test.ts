import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { TrustedDocuments } from '../../src/gateway/requests/trusted-documents.ts';
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

/** Ten blocks, of which five come while the gateway is away. */
const STEPS = [
  { isUp: true, blocks: 2 },
  { isUp: false, blocks: 3 },
  { isUp: true, blocks: 2 },
  { isUp: false, blocks: 2 },
  { isUp: true, blocks: 1 },
];

/**
 * Has them come.
 * @param told how many a subscriber was told of so far
 * @param isGoingOn whether it is told what happened while it was away
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
  expect([example.lines, example.trouble]).toEqual([Array.from({ length: 10 }, (_, i) => `CONNECTED ${i + 1}`), '']);
});

it.each([
  ['graphql-ws.mjs', 'ws'],
  ['graphql-sse.mjs', 'http'],
])('follow-%s ends at an error that does not pass', async (file, scheme) => {
  const url = `${scheme}://127.0.0.1:${port}/graphql`;
  await gateway.close();
  gateway = await serve(chain.store, { port, trustedDocuments: TrustedDocuments.parse('{}') });
  await using example = new Example(`follow-${file}`, [url]);
  expect(await example.ended).toBe(1);
  expect(example.trouble).toContain('only the queries of its list of trusted documents');
});

it('feed.mjs reads again what it missed, where it was away for longer than events are kept', async () => {
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
  expect([first.trouble, second.trouble]).toEqual(['', '']);
});

interface Stock {
  iterate(request: { query: string }): AsyncIterable<{ readonly data?: unknown }>;
  dispose(): unknown;
}

it.each([
  ['graphql-ws', () => createWsClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket })],
  ['graphql-sse', () => createSseClient({ url: `http://127.0.0.1:${port}/graphql` })],
] as [string, () => Stock][])(
  '%s by itself connects again, and is not told what happened meanwhile',
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
