import { gzipSync } from 'node:zlib';
import { HANDSHAKE } from './streams.ts';
import type { Attack, Target } from './target.ts';

const QUERY = '{ chain { lag } }';
const JSON_BODY = JSON.stringify({ query: QUERY });

function head(target: Target, lines: readonly string[], start = 'POST /graphql HTTP/1.1'): string {
  const own = [`host: ${target.host}`, `x-forwarded-for: ${target.source()}`];
  return `${[start, ...own, ...lines].join('\r\n')}\r\n\r\n`;
}

const TYPES = [
  ...['application/json', 'application/json; charset=utf-16', 'application/json;charset=latin1', 'text/plain', ''],
  ...[
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/json, text/html',
  ],
  ...['application/xml', 'image/png', '\x01', 'application/json; charset="', ';', 'application/graphql-response+json'],
];
const ACCEPTS = [
  '*/*',
  'text/html',
  'text/event-stream',
  'application/graphql-response+json',
  'multipart/mixed',
  '',
  'q;;q=x',
  'application/json, text/event-stream;q=0.5, multipart/mixed',
  `*/*;q=${'0'.repeat(2_000)}`,
];

const BODIES: readonly ((target: Target) => string | Uint8Array)[] = [
  () => '',
  () => '{',
  () => 'null',
  () => '"x"',
  () => '0',
  () => '[]',
  () => `[${JSON_BODY},${JSON_BODY}]`,
  () => '{"query":null}',
  () => '{"query":{}}',
  () => '{"query":[]}',
  () => '{"query":""}',
  () => '{"query":"{","query":"}"}',
  () => `{"query":${JSON.stringify(QUERY)},"variables":[]}`,
  () => `{"query":${JSON.stringify(QUERY)},"variables":"{"}`,
  () => `{"query":${JSON.stringify(QUERY)},"extensions":[]}`,
  () => `{"query":${JSON.stringify(QUERY)},"extensions":{"persistedQuery":7}}`,
  () => `{"query":${JSON.stringify(QUERY)},"operationName":{}}`,
  () => '{"__proto__":{"query":"{ chain { lag } }"}}',
  () => '{"constructor":{"prototype":{"query":1}}}',
  () => `query=${encodeURIComponent(QUERY)}`,
  () => '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
  () => gzipSync(JSON_BODY),
  () => Buffer.from(JSON_BODY, 'utf16le'),
  () => Buffer.from([0xef, 0xbb, 0xbf, ...Buffer.from(JSON_BODY)]),
  () => JSON_BODY.replace('lag', '\xff\xfe\x00'),
  () => '['.repeat(90_000),
  () => '{"a":'.repeat(18_000),
  ({ random }) => random.bytes(random.below(300)),
  () => 'x'.repeat(200_000),
];

/** Bodies that are not requests, with any content type. */
export const bodies: Attack = async (target) => {
  const body = Buffer.from(target.pick(BODIES)(target));
  const lines = [
    `content-length: ${body.length}`,
    `content-type: ${target.pick(TYPES)}`,
    `accept: ${target.pick(ACCEPTS)}`,
  ];
  if (target.random.below(8) === 0) lines.push(`content-encoding: ${target.pick(['gzip', 'br', 'x'])}`);
  await target.exchange('bodies', [head(target, [...lines, 'connection: close']), body]);
};

const LONG = 'a'.repeat(9_000);
const PARAMETERS: readonly string[] = [
  ...[
    '',
    'query',
    'query=',
    'query=%',
    'query=%ff%fe',
    'query={',
    `query=${LONG}`,
    `query=${encodeURIComponent(QUERY)}`,
  ],
  ...['query=1&query=2', 'query[]=1', 'query[a]=1', '__proto__=1', '__proto__[query]=1', 'constructor=1', 'toString=1'],
  ...[
    'variables={',
    'variables=[]',
    'variables=1',
    'variables=a&variables=b',
    'variables={"__proto__":{}}',
    'variables=null',
  ],
  ...[
    'extensions={',
    'extensions=[]',
    'extensions={"persistedQuery":{"version":1,"sha256Hash":"x"}}',
    'operationName=a&operationName=b',
  ],
];
const PATHS = [
  ...[
    '/graphql',
    '/graphql',
    '/graphql',
    '/graphql/',
    '//graphql',
    '/%67raphql',
    '/graphql%00',
    '/%',
    '/%ff',
    '/graphiql/../../etc/passwd',
  ],
  ...[
    '/graphiql/..%2f..%2fpackage.json',
    '/graphiql/%00',
    '*',
    '/',
    '/statusz',
    '/schema.graphql',
    '/readyz',
    'http://elsewhere.example/graphql',
    `/${LONG}`,
  ],
];
const METHODS = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
  'PROPFIND',
  'get',
  'POST',
];

/** Addresses that lead nowhere, or have parameters twice. */
export const addresses: Attack = async (target) => {
  const parameters = [1, 2, 3]
    .map(() => target.pick(PARAMETERS))
    .join('&')
    .replaceAll(' ', '%20');
  const start = `${target.pick(METHODS)} ${target.pick(PATHS)}?${parameters} HTTP/1.1`;
  const lines = [`accept: ${target.pick(ACCEPTS)}`, 'connection: close'];
  const odd = target.pick([
    '',
    'last-event-id: x',
    'authorization: Bearer',
    'x-request-id: a\tb',
    'origin: null',
    'x-forwarded-for: x, ::1, 1.2.3.4.5',
  ]);
  await target.exchange('addresses', [head(target, odd === '' ? lines : [...lines, odd], start)]);
};

const CHUNKED = 'transfer-encoding: chunked';
const JSON_TYPE = 'content-type: application/json';

/** Bytes that are not HTTP, or state a wrong length. */
const GARBAGE: readonly ((target: Target) => readonly (string | Uint8Array)[])[] = [
  (target) => [head(target, [JSON_TYPE, 'content-length: 5000']), JSON_BODY],
  (target) => [head(target, [JSON_TYPE, 'content-length: 3']), JSON_BODY],
  (target) => [head(target, [JSON_TYPE, 'content-length: -1']), JSON_BODY],
  (target) => [head(target, [JSON_TYPE, 'content-length: 99999999999999999999']), JSON_BODY],
  (target) => [
    head(target, [JSON_TYPE, 'content-length: 10000000']),
    ...Array.from({ length: 100 }, () => 'x'.repeat(100_000)),
  ],
  (target) => [head(target, [JSON_TYPE, CHUNKED]), 'ffffffff\r\n', JSON_BODY],
  (target) => [head(target, [JSON_TYPE, CHUNKED]), 'zz\r\n', JSON_BODY],
  (target) => [head(target, [JSON_TYPE, CHUNKED]), `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`],
  (target) => [head(target, [JSON_TYPE, CHUNKED]), `1\r\n${JSON_BODY}\r\n0\r\n\r\n`],
  (target) => [head(target, [JSON_TYPE, CHUNKED]), ...Array.from({ length: 5_000 }, () => '1\r\n \r\n'), '0\r\n\r\n'],
  (target) => [head(target, [JSON_TYPE, CHUNKED]), '2\r\n{}\r\n0\r\n', `t: ${'x'.repeat(30_000)}\r\n\r\n`],
  (target) => [head(target, [JSON_TYPE, CHUNKED, `content-length: ${JSON_BODY.length}`]), JSON_BODY],
  (target) => [head(target, [JSON_TYPE, 'expect: 100-continue', `content-length: ${JSON_BODY.length}`])],
  (target) => [head(target, [JSON_TYPE, 'expect: a miracle', `content-length: ${JSON_BODY.length}`]), JSON_BODY],
  (target) => [
    head(
      target,
      Array.from({ length: 5_000 }, (_, i) => `x-${i}: 1`),
    ),
  ],
  (target) => [head(target, [`x: ${'x'.repeat(50_000)}`])],
  (target) => [head(target, ['upgrade: h2c', 'connection: upgrade', 'http2-settings: AAAA'], 'GET /graphql HTTP/1.1')],
  (target) => [head(target, HANDSHAKE, 'GET /elsewhere HTTP/1.1')],
  (target) => [head(target, ['connection: close'], 'CONNECT example.org:443 HTTP/1.1')],
  () => ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  () => ['GET /graphql\r\n\r\n'],
  () => ['GET /graphql HTTP/9.9\r\n\r\n'],
  () => ['\r\n'.repeat(10_000)],
  () => ['GET / HTTP/1.1\nhost: x\n\n'],
  () => ['GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n'],
  () => ['GET / HTTP/1.1\r\n\r\n'],
  () => [Buffer.from('16030100c8010000c40303', 'hex')],
  ({ random }) => [random.bytes(1 + random.below(2_000))],
  ({ random, host }) => [`POST /graphql HTTP/1.1\r\nhost: ${host}\r\n`, random.bytes(random.below(500)), '\r\n\r\n'],
  // The requests are answered in turn, although no client waits for the answers.
  ({ host }) => Array.from({ length: 200 }, () => `GET /schema.graphql HTTP/1.1\r\nhost: ${host}\r\n\r\n`),
];

export const garbage: Attack = async (target) => {
  await target.exchange('garbage', target.pick(GARBAGE)(target));
};
