import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { getIntrospectionQuery } from 'graphql';
import { createSchema } from '../../../src/gateway/graphql/schema.ts';
import { WORDS } from '../../support/made-chain.ts';
import { queryOf } from '../../support/random-query.ts';
import { ADDRESS } from './stage.ts';
import type { Attack, Target } from './target.ts';

const repeat = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const nest = (depth: number, before: string, inner: string, after: string) =>
  before.repeat(depth) + inner + after.repeat(depth);

/** Texts that are deep, wide or endless, each of a size between harmless and absurd. */
const SHAPES: readonly ((size: number) => string)[] = [
  (size) => `{ block(height: 1) { ${nest(size, 'previous { ', 'height', ' }')} } }`,
  (size) => `{ transactions(first: 1) { nodes { ${nest(size, 'inputs { transaction { ', 'txid', ' } }')} } } }`,
  (size) => `{ transactions(filter: ${nest(size, '[', '1', ']')}) { nodes { txid } } }`,
  (size) => `{ transactions(filter: ${nest(size, '{ data: [{ pushes: [', '1', '] }] }')}) { nodes { txid } } }`,
  (size) => `query ($x: ${nest(size, '[', 'Int', ']')}) { chain { lag } }`,
  (size) => `{ ${repeat(size, (i) => `a${i}: chain { lag }`)} }`,
  (size) => `{ ${repeat(size, (i) => `a${i}: transactions(first: 100) { nodes { hex } }`)} }`,
  (size) => `{ chain { ${'lag '.repeat(size)} } }`,
  (size) => `{ chain { lag ${'@include(if: true) '.repeat(size)} } }`,
  (size) => `{ ...f0 } ${repeat(size, (i) => `fragment f${i} on Query { ...f${(i + 1) % size} }`)}`,
  (
    size,
  ) => `{ ...f0 } ${repeat(size, (i) => `fragment f${i} on Query { a${i}: chain { lag } ...f${i + 1} ...f${i + 1} }`)}
    fragment f${size} on Query { chain { lag } }`,
  (size) => `{ chain { ...f } } fragment f on Chain { ${nest(size, '... on Chain { ', 'lag', ' }')} }`,
  (size) => repeat(size, (i) => `query q${i} { chain { lag } }`),
  (size) => `query (${repeat(size, (i) => `$v${i}: Int = ${i}`)}) { chain { lag } }`,
  (size) => `{ __schema { types { ${nest(size, 'fields { type { ', 'name', ' } }')} } } }`,
  (size) => `{ ${repeat(size, (i) => `a${i}: __schema { types { fields { args { type { name } } } } }`)} }`,
  (size) => `{ __type(name: "Query") { ${nest(size, 'ofType { ', 'name', ' }')} } }`,
  (size) => `{ address(address: "${'1'.repeat(size)}") { address } }`,
  (size) => `{ transaction(txid: "${'f'.repeat(size)}") { txid } }`,
  (size) => `{ chain { ${'é'.repeat(size)} } }`,
  (size) => `${'#'.repeat(size)}\n{ chain { lag } }${'\n'.repeat(size)}`,
  (size) =>
    `{ transactions(filter: { data: { pushes: { equals: { utf8: """${'\n \\u0000 '.repeat(size)}""" } } } }) { nodes { txid } } }`,
  () => getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true }),
];

export const hostileShapes: Attack = async (target) => {
  const query = target.pick(SHAPES)(target.pick([1, 2, 5, 11, 13, 30, 100, 300, 1_000, 3_000]));
  await target.post('shapes', JSON.stringify({ query }));
};

/** JSON texts of values that no argument accepts. */
const VALUES: readonly ((size: number) => string)[] = [
  (size) => nest(size, '[', '', ']'),
  (size) => nest(size, '{"block":', '{}', '}'),
  (size) => nest(size, '{"data":[{"pushes":[', '', ']}]}'),
  (size) => JSON.stringify('x'.repeat(size)),
  (size) => JSON.stringify('\u0000\ud800'.repeat(size)),
  (size) => `[${'1,'.repeat(size)}1]`,
  (size) => `[${'{},'.repeat(size)}null]`,
  (size) => `{${repeat(size, (i) => `"k${i}":${i},`)}"k":1}`,
  (size) => '9'.repeat(size),
  (size) => `-0.${'0'.repeat(size)}1e-400`,
  () => '1e400',
  () => '-1',
  () => '4294967296',
  () => '9007199254740993',
  () => 'true',
  () => '{"__proto__":{"block":{"from":0}}}',
  () => '{"constructor":{"prototype":{"x":1}}}',
  () => '{"toString":1,"hasOwnProperty":null,"length":-1}',
  () => '{"block":{"from":5,"to":1}}',
  () => '{"time":{"from":"2000-01-01T00:00:00Z","to":"9999-99-99"}}',
];
const TYPES = ['TransactionFilter', 'Int', 'Hash', 'String', '[String!]', 'Order', 'DateTime', 'Boolean'];

export const hostileVariables: Attack = async (target) => {
  const value = target.pick(VALUES)(target.pick([0, 1, 10, 1_000, 20_000, 45_000]));
  const name = target.pick(['x', '__proto__', 'constructor', 'toString']);
  const type = target.pick(TYPES);
  const argument = target.pick(['filter', 'first', 'after', 'order']);
  const query = `query ($${name}: ${type}) { transactions(${argument}: $${name}) { nodes { txid } } }`;
  const variables = target.pick([`{"${name}":${value}}`, value]);
  const extra = target.pick(['', ',"operationName":[]', `,"extensions":${value}`, `,"operationName":${value}`]);
  await target.post('variables', `{"query":${JSON.stringify(query)},"variables":${variables}${extra}}`);
};

/** Broad conditions beside rare ones, with the largest allowed width: the most scanning that a query can cause. */
export const scans: Attack = async (target) => {
  const word = target.pick(WORDS);
  const push = target.pick([
    { startsWith: { utf8: word.slice(0, 1) } },
    { startsWith: { hex: '' } },
    { index: 300, startsWith: { utf8: word } },
    { equals: { utf8: word } },
  ]);
  const filter = {
    data: Array.from({ length: 1 + target.random.below(4) }, () => ({
      pushes: [push, { index: 7, equals: { hex: 'ff' } }],
    })),
    block: target.pick([undefined, { from: 0, to: 4_000_000 }, { from: -1 }, { from: 5, to: 4 }]),
    time: target.pick([undefined, { from: '1970-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }]),
    coinbase: target.pick([undefined, true, false]),
  };
  const list =
    'transactions(filter: $f, order: $o, first: 100) { nodes { txid conflicts { txid } } pageInfo { endCursor } }';
  const query = `query ($f: TransactionFilter, $o: Order) { ${repeat(target.pick([1, 5, 15]), (i) => `a${i}: ${list}`)} }`;
  const order = target.pick(['NEWEST_FIRST', 'OLDEST_FIRST']);
  await target.post('scans', JSON.stringify({ query, variables: { f: filter, o: order } }));
};

export const persistedQueries: Attack = async (target) => {
  const query = `{ a${target.random.below(1e9)}: chain { lag ${'lag '.repeat(target.random.below(1_000))} } }`;
  const hash = createHash('sha256').update(query).digest('hex');
  const sha256Hash = target.pick<unknown>([hash, hash, hash.replace(/./, 'g'), '', 7, null, {}, hash.repeat(500)]);
  const version = target.pick<unknown>([1, 1, 1, 2, '1', null]);
  const sent = { extensions: { persistedQuery: { version, sha256Hash } } };
  await target.post('persisted', JSON.stringify(target.pick([true, false]) ? { query, ...sent } : sent));
};

export const badCursors: Attack = async (target) => {
  const { random } = target;
  const bytes = Buffer.from(random.bytes(target.pick([0, 1, 8, 17, 32, 40, 300])));
  if (bytes.length > 0) bytes[0] = random.below(8);
  const cursor = target.pick([
    bytes.toString('base64url'),
    bytes.toString('base64'),
    'x'.repeat(random.below(9_999)),
    '\u0000',
  ]);
  const page = target.pick(['after', 'before']);
  const size = page === 'after' ? 'first' : 'last';
  const lists = [
    `transactions(${page}: $c, ${size}: 10) { nodes { txid } }`,
    `blocks(${page}: $c, ${size}: 10) { nodes { hash } }`,
    `address(address: "${ADDRESS}") { unspentOutputs(after: $c) { nodes { value } } }`,
  ];
  const query = target.pick([
    `query ($c: Cursor) { ${target.pick(lists)} }`,
    'subscription ($c: EventCursor) { blocks(after: $c) { kind } }',
  ]);
  const accept = query.startsWith('sub') ? 'text/event-stream' : 'application/json';
  const body = JSON.stringify({ query, variables: { c: cursor } });
  // A stream that begins would never end.
  if (accept !== 'application/json' && cursor === '') return;
  await target.post('cursors', body, { accept });
};

const STRANGE: Readonly<Record<string, readonly unknown[]>> = {
  Int: [0, 1, 100, 101, -1, 2 ** 31 - 1],
  String: ['', 'x'.repeat(5_000), '\u0000', '💥', 'bc1q', ADDRESS],
  Boolean: [true, false],
  Hash: ['00'.repeat(32), 'ff'.repeat(32)],
  Moment: [0, -1, 4_294_967_296, '2020-01-01', '9999-12-31T23:59:59Z'],
  Cursor: ['', 'AA', 'A'.repeat(100)],
  Order: ['NEWEST_FIRST', 'OLDEST_FIRST'],
  Interval: ['BLOCK', 'HOUR', 'DAY', 'YEAR'],
  Hex: ['', 'ff', 'ff'.repeat(600)],
};
const RANDOM_QUERIES = queryOf(createSchema(), (type) => STRANGE[type] ?? null);

/** Valid queries of all fields, with arguments at their bounds and beyond. */
export const randomQueries: Attack = async (target) => {
  const seed = target.random.below(2 ** 31);
  for (const query of fc.sample(RANDOM_QUERIES, { numRuns: 20, seed })) {
    if (target.signal.aborted) return;
    await target.post('random', JSON.stringify(query));
  }
};

/** A query that is allowed, then ones that are too expensive, up to costs that no number can hold. None of these may be answered. */
export const refunds: Attack = async (target) => {
  await target.post('refunds', JSON.stringify({ query: '{ chain { lag } }' }));
  const nested = nest(1 + target.random.below(4), 'outputs { transaction { ', 'outputs { value }', ' } }');
  await target.post('refunds', JSON.stringify({ query: `{ transactions(first: 100) { nodes { ${nested} } } }` }));
};

/** As much as one answer may contain. */
const LARGE = '{ transactions(first: 100, order: OLDEST_FIRST) { nodes { hex outputs { lockingScript } } } }';

export const largeAnswers: Attack = async (target) => {
  await target.post('large', JSON.stringify({ query: LARGE }));
};

/** More than one answer may contain, in parts that wait for others. */
const TOO_LARGE = 'transactions(first: 50) { nodes { hex x: hex y: hex outputs(first: 2) { lockingScript } } }';

export const tooLargeAnswers: Attack = async (target) => {
  const blocks = Array.from({ length: 10 }, (_, i) => `b${i}: block(height: ${1 + (i % 2)}) { ${TOO_LARGE} }`);
  await target.post('too large', JSON.stringify({ query: `{ ${blocks.join(' ')} }` }));
};

/** Asks for much with many requests at once, and disconnects before any is answered. */
export const goneAtOnce: Attack = async (target) => {
  const socket = await target.connect();
  const query = encodeURIComponent('{ block(height: 1) { transactions(first: 50) { nodes { hex } } } }');
  const lines = [`host: ${target.host}`, `x-forwarded-for: ${target.source()}`];
  socket.write(`GET /graphql?query=${query} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`.repeat(10));
  await target.untilClosed(socket, target.random.below(20));
  socket.destroy();
  target.told('gone at once', 'gone', '', '');
};

export function largeRequest(target: Target): string {
  const body = JSON.stringify({ query: LARGE });
  return `POST /graphql HTTP/1.1\r\nhost: ${target.host}\r\nx-forwarded-for: ${target.source()}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
