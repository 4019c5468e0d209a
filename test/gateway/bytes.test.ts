import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { createKey } from '../../src/access/keys.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { TrustedDocuments } from '../../src/gateway/requests/trusted-documents.ts';
import { SharedStore } from '../../src/query/shared-store.ts';
import { readingStore } from '../support/altered-store.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { serve, type TestGateway } from './support.ts';

const MIB = 1024 * 1024;
const utf8 = (text: string) => new TextEncoder().encode(text);
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13);
const HTML = '<!doctype html><script>alert(document.domain)</script>';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>';
const LARGE = Uint8Array.from({ length: 4 * MIB }, (_, i) => (i * 7_919) >> 3);
const EXECUTED = /html|svg|xml|javascript|css/;

/** Each push with the media type that it is sent as. */
const PUSHES: readonly (readonly [name: string, bytes: Uint8Array, type: string])[] = [
  ['a PNG', PNG, 'image/png'],
  ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3), 'image/jpeg'],
  ['a GIF', utf8('GIF89a...'), 'image/gif'],
  ['a WebP', Uint8Array.from([...utf8('RIFF'), 1, 2, 3, 0x0a, ...utf8('WEBPVP8 ')]), 'image/webp'],
  ['an AVIF', Uint8Array.from([0, 0, 0, 32, ...utf8('ftypavif')]), 'image/avif'],
  ['a PDF', utf8('%PDF-1.7 ...'), 'application/pdf'],
  ['a text', utf8('grüß dich\n'), 'text/plain; charset=utf-8'],
  ['JSON', utf8(' {"a": [1]}'), 'application/json; charset=utf-8'],
  ['what begins as JSON does', utf8('{"a": [1]'), 'text/plain; charset=utf-8'],
  ['HTML', utf8(HTML), 'text/plain; charset=utf-8'],
  ['SVG with a script', utf8(SVG), 'text/plain; charset=utf-8'],
  ['XML', utf8(`<?xml version="1.0"?>${SVG}`), 'text/plain; charset=utf-8'],
  ['HTML in UTF-16', Uint8Array.from([0xff, 0xfe, ...Buffer.from(HTML, 'utf16le')]), 'application/octet-stream'],
  ['HTML after the beginning of a GIF', utf8(`GIF89a/*${HTML}`), 'image/gif'],
  ['HTML with a zero', utf8(`\0${HTML}`), 'application/octet-stream'],
  ['a script', utf8('#!/bin/sh\nrm -rf /'), 'text/plain; charset=utf-8'],
  ['nothing', new Uint8Array(0), 'application/octet-stream'],
  ['4 MiB', LARGE, 'application/octet-stream'],
];

let chain: MovingChain;
let gateway: TestGateway;
let data: MadeTransaction;
let pending: MadeTransaction;
let large: MadeTransaction;

beforeAll(async () => {
  chain = await MovingChain.create([{ value: 5_000, script: p2pkhScript(1) }]);
  const input = () => ({ txid: chain.tip.transactions[0]!.transaction.txid, index: 0 });
  data = chain.make(
    [input()],
    [
      { value: 1, script: p2pkhScript(2) },
      { value: 0, script: dataScript(PUSHES.map(([, bytes]) => bytes)) },
    ],
  );
  await chain.commit({ connect: [[data]] });
  const huge = Uint8Array.from({ length: 41 * MIB + 17 }, (_, i) => i >> 5);
  large = chain.make([input()], [{ value: 0, script: dataScript([huge]) }]);
  await chain.commit({ connect: [[large], [], [], [], [], []] });
  pending = chain.make([input()], [{ value: 0, script: dataScript([PNG]) }]);
  await chain.commit({ arrive: [pending] });
  gateway = await serve(chain.store);
});

afterAll(async () => {
  await gateway.close();
  await chain.close();
});

const id = ({ transaction }: MadeTransaction) => idOf(transaction);
const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
  const response = await fetch(`${gateway.url}/tx/${path}`, { headers, method });
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
};
const codeOf = ({ bytes }: { readonly bytes: Uint8Array }) =>
  JSON.parse(Buffer.from(bytes).toString()).errors[0].extensions.code;

describe('bytes of the chain', () => {
  it.each(PUSHES.map(([name, bytes, type], i) => ({ name, bytes, type, i })))(
    'are sent as they are, and as nothing that runs: $name',
    async ({ bytes, type, i }) => {
      const { status, headers, bytes: found } = await get(`${id(data)}/output/1/push/${i}`);
      expect([status, headers.get('content-type')]).toEqual([200, type]);
      expect(Buffer.compare(found, bytes)).toBe(0);
      expect(headers.get('content-length')).toBe(String(bytes.length));
      expect(type).not.toMatch(EXECUTED);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; sandbox");
      const isShown = /^(image|text)\/|json/.test(type);
      expect(headers.get('content-disposition')?.startsWith('attachment;') ?? false).toBe(!isShown);
    },
  );

  it('are those of a whole transaction, confirmed or not', async () => {
    for (const made of [data, pending]) {
      const { status, headers, bytes } = await get(`${id(made)}/raw`);
      expect([status, headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
      expect(Buffer.compare(bytes, made.transaction.bytes)).toBe(0);
      expect(Number(headers.get('x-query-cost'))).toBeGreaterThanOrEqual(105);
    }
    expect((await get(`${id(pending).toUpperCase()}/output/0/push/0`)).headers.get('content-type')).toBe('image/png');
  });

  it('may be kept for ever once they are deep in the chain, and for a while before', async () => {
    const cached = async (made: MadeTransaction) =>
      (await get(`${id(made)}/raw`, {}, 'HEAD')).headers.get('cache-control');
    expect(await cached(data)).toBe('public, max-age=31536000, immutable');
    expect(await cached(large)).toBe('public, max-age=10');
    expect(await cached(pending)).toBe('public, max-age=10');
  });

  it('are not sent again to who has them', async () => {
    const path = `${id(data)}/output/1/push/0`;
    const tag = (await get(path)).headers.get('etag')!;
    for (const known of [tag, `"other", W/${tag}`, '*']) {
      const { status, headers, bytes } = await get(path, { 'if-none-match': known });
      expect([status, bytes.length, headers.get('etag')]).toEqual([304, 0, tag]);
      expect(headers.get('cache-control')).toContain('immutable');
    }
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it.each([
    ['bytes=2-5', 206, 2, 6],
    ['bytes=2-', 206, 2, 12],
    ['bytes=-3', 206, 9, 12],
    ['bytes=-300', 206, 0, 12],
    ['bytes=0-1000', 206, 0, 12],
    [`bytes=4-${'9'.repeat(400)}`, 206, 4, 12],
    ['bytes=0-1, 3-4', 200, 0, 12],
    ['bytes=5-2', 200, 0, 12],
    ['lines=1-2', 200, 0, 12],
  ])('are sent in part: %s', async (range, status, from, to) => {
    const answer = await get(`${id(data)}/output/1/push/0`, { range });
    expect([answer.status, answer.headers.get('accept-ranges')]).toEqual([status, 'bytes']);
    expect([...answer.bytes]).toEqual([...PNG.subarray(from, to)]);
    expect(answer.headers.get('content-range')).toBe(status === 206 ? `bytes ${from}-${to - 1}/12` : null);
  });

  it('are sent in part only where the client has others of the same', async () => {
    const path = `${id(data)}/output/1/push/0`;
    const tag = (await get(path)).headers.get('etag')!;
    const status = async (only: string) => (await get(path, { range: 'bytes=1-2', 'if-range': only })).status;
    expect([await status(tag), await status('"other"')]).toEqual([206, 200]);
  });

  it.each(['bytes=12-', 'bytes=99-100', 'bytes=-0', 'bytes=-00', `bytes=${'9'.repeat(30)}-`])(
    'are refused beyond their end: %s',
    async (range) => {
      const answer = await get(`${id(data)}/output/1/push/0`, { range });
      expect([answer.status, answer.headers.get('content-range'), codeOf(answer)]).toEqual([
        416,
        'bytes */12',
        'BAD_QUERY',
      ]);
    },
  );

  it('have a head', async () => {
    for (const [path, length] of [
      [`${id(data)}/output/1/push/0`, PNG.length],
      [`${id(large)}/raw`, large.transaction.bytes.length],
    ] as const) {
      // Also with a range, which only GET has.
      const { status, headers, bytes } = await get(path, { range: 'bytes=0-3' }, 'HEAD');
      expect([status, headers.get('content-length'), bytes.length]).toEqual([200, String(length), 0]);
      expect(headers.get('etag')).not.toBeNull();
    }
  });

  it.each([
    ['an unknown transaction', `${'00'.repeat(32)}/raw`, 404, 'NOT_FOUND'],
    ['an output that is not there', 'ID/output/2/push/0', 404, 'NOT_FOUND'],
    ['an output without data', 'ID/output/0/push/0', 404, 'NOT_FOUND'],
    ['a push that is not there', `ID/output/1/push/${PUSHES.length}`, 404, 'NOT_FOUND'],
    ['a short id', 'abc/raw', 400, 'BAD_QUERY'],
    ['another word', 'ID/hex', 400, 'BAD_QUERY'],
    ['no number', 'ID/output/x/push/0', 400, 'BAD_QUERY'],
    ['a negative number', 'ID/output/-1/push/0', 400, 'BAD_QUERY'],
    ['a huge number', 'ID/output/99999999999999999999/push/0', 400, 'BAD_QUERY'],
    ['more', 'ID/raw/more', 400, 'BAD_QUERY'],
    ['nothing', '', 400, 'BAD_QUERY'],
  ])('are refused with a code: %s', async (_, path, status, code) => {
    const answer = await get(path.replace('ID', id(data)));
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('may be shown by the pages that may ask', async () => {
    const path = `${id(data)}/output/1/push/0`;
    const origin = 'http://localhost:3000';
    const { headers } = await get(path, { origin });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-expose-headers')).toContain('etag');
    expect(codeOf(await get(path, { origin: 'https://example.org' }))).toBe('ORIGIN_REFUSED');
    const open = await serve(chain.store, { cors: '*' });
    try {
      const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
      const response = await fetch(`${open.url}/tx/${path}`, { headers: image });
      expect(response.status).toBe(200);
      expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      await response.bytes();
    } finally {
      await open.close();
    }
  });

  it('are only read', async () => {
    const { status, headers } = await get(`${id(data)}/raw`, {}, 'POST');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a transaction of many pieces', () => {
  const length = () => large.transaction.bytes.length;

  it('is sent whole, and in parts from any place', async () => {
    const { bytes, headers } = await get(`${id(large)}/raw`);
    expect(headers.get('content-length')).toBe(String(length()));
    expect(Buffer.compare(bytes, large.transaction.bytes)).toBe(0);
    for (const [from, to] of [
      [0, 1],
      [4 * MIB - 100, 4 * MIB + 100],
      [4 * MIB - 50, 12 * MIB + 50],
      [length() - 3, length()],
    ] as const) {
      const part = await get(`${id(large)}/raw`, { range: `bytes=${from}-${to - 1}` });
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${from}-${to - 1}/${length()}`]);
      expect(Buffer.compare(part.bytes, large.transaction.bytes.subarray(from, to))).toBe(0);
    }
  });

  it('is read no faster than its client takes it, and no further once the client has gone', async () => {
    let pieces = 0;
    const counting = readingStore(chain.store, {
      read: (lookUps, options) => {
        for (const { table, keys } of lookUps) if (table === 'payloads') pieces += keys.length;
        return chain.store.read(lookUps, options);
      },
    });
    const slow = await serve(new SharedStore(counting, 0), {
      streamTimes: { heartbeatMs: 1_000, stallMs: 300, eventMs: 1_000 },
    });
    try {
      const asked = httpRequest(`${slow.url}/tx/${id(large)}/raw`).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      await until('the first pieces', () => pieces > 1);
      await until('the gateway to give up', async () => (await slow.status()).connections.open === 0);
      expect(pieces).toBeLessThan(6);
      await expect(buffer(response)).rejects.toMatchObject({ code: 'ECONNRESET' });
    } finally {
      await slow.close();
    }
  });
});

describe('bytes of the chain, where callers are distinguished', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-bytes-'));
  const lines: string[] = [];
  let access: SqliteAccess;
  let limited: TestGateway;
  let key: string;

  beforeAll(async () => {
    access = new SqliteAccess(join(folder, 'access.db'));
    const made = createKey('a program', 'standard', Date.now());
    await access.addKey(made.key);
    key = made.text;
    const tiers = parseTiers(JSON.stringify({ anonymous: { costPerMinute: 50_000, burst: 0, maxCost: 50_000 } }));
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const callers = { access, tiers, trustedProxies: [], maxSubscriptions: 10 };
    limited = await serve(chain.store, { callers, log });
  });

  afterAll(async () => {
    await limited.close();
    await access.close();
    rmSync(folder, { recursive: true });
  });

  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${limited.url}/tx/${path}`, { headers });
    return { status: response.status, headers: response.headers, bytes: await response.bytes() };
  };
  const image = () => `${id(data)}/output/1/push/0`;

  it('are paid for as queries are, and refused when nothing is left', async () => {
    const left = async () => Number((await ask('nothing')).headers.get('ratelimit-remaining'));
    const before = await left();
    const { status, headers } = await ask(`${id(pending)}/output/0/push/0`);
    expect([status, Number(headers.get('ratelimit-remaining')) < before]).toEqual([200, true]);
    const tooLong = await ask(`${id(large)}/raw`);
    expect([tooLong.status, codeOf(tooLong)]).toEqual([400, 'COST_EXCEEDED']);
    expect(Buffer.from(tooLong.bytes).toString()).toContain('Range');
    let last = await ask(`${id(data)}/raw`);
    for (let i = 0; i < 10 && last.status !== 429; i++) last = await ask(`${id(data)}/raw`);
    expect([last.status, codeOf(last)]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('are charged to a key, and refused with a wrong one', async () => {
    const authorization = `Bearer ${key}`;
    const { status, headers, bytes } = await ask(image(), { authorization });
    expect([status, headers.get('ratelimit-limit'), [...bytes]]).toEqual([200, '20000000', [...PNG]]);
    // A page of 4 MiB costs what reading and sending it costs.
    const whole = await ask(`${id(data)}/output/1/push/${PUSHES.length - 1}`, { authorization });
    expect(Number(whole.headers.get('x-query-cost'))).toBe(105 + (2 * LARGE.length) / 512);
    const unknown = createKey('nobody', 'standard', 1).text;
    const refused = await ask(image(), { authorization: `Bearer ${unknown}` });
    expect(refused.status === 401 || refused.status === 429).toBe(true);
  });

  it('leave nothing in the log of what was asked', async () => {
    await ask(image(), { authorization: `Bearer ${key}` });
    await until('a line about it', () => lines.some((line) => line.includes('/tx/*')));
    expect(lines.join('')).not.toContain(id(data));
  });
});

it('where only known queries are answered, bytes are not', async () => {
  const trusted = await serve(chain.store, { trustedDocuments: TrustedDocuments.parse('{}') });
  try {
    expect((await fetch(`${trusted.url}/tx/${id(data)}/raw`)).status).toBe(404);
  } finally {
    await trusted.close();
  }
});
