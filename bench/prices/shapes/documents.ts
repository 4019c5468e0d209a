import { createHash } from 'node:crypto';
import { getIntrospectionQuery } from 'graphql';
import { bodies, honest, hostile, type Shape } from '../shape.ts';
import { aliases, equalFields, filled, nest, unclosed, unknownNames } from './texts.ts';

/** Just below the limit of a body, and just below the limit of a gateway that accepts broadcasts. */
const LARGE = 100_000;
const HUGE = 1_040_000;
const SMALL = '{ chain { lag } }';

/** About the schema, and texts that were never seen before. */
export function schemaQuestions(): Shape[] {
  return [
    ...honest({
      'introspection, small': '{ __schema { queryType { name } } }',
      'introspection, as tools do': getIntrospectionQuery(),
      'a text that is new': (turn) => `{ a${turn}: chain { network lag } }`,
    }),
    ...hostile({
      'introspection, types of types': `{ __schema { types { ${nest(3, 'fields { type { ', 'name', ' } }')} } } }`,
      'introspection, 20 times': `{ ${aliases(20, (alias) => `${alias}: __type(name: "Query") { fields { name } }`)} }`,
    }),
  ];
}

/** Texts that are refused before anything is looked up. */
export function refusedTexts(): Shape[] {
  return hostile({
    'no GraphQL, 4 KB': unclosed(4_000),
    'no GraphQL, 100 KB': unclosed(LARGE),
    'no GraphQL, 1 MB': unclosed(HUGE),
    'unknown names, 4 KB': unknownNames(4_000),
    'unknown names, 100 KB': unknownNames(LARGE),
    'equal fields, 4.9 KB': equalFields(4_900),
    'equal fields, 20 KB': equalFields(20_000),
    'equal fields, 100 KB': equalFields(LARGE),
    'many operations, 100 KB': (turn) => filled(turn, ['query aTURN { chain { lag } } ', `${SMALL} `, ''], LARGE),
    'fragments that double, 10 times': doubling,
    'fragments in each other': (turn) =>
      `{ a${turn}: chain { ...a } } fragment a on Chain { ...b } fragment b on Chain { ...a }`,
    'a comment of 100 KB': (turn) => filled(turn, ['{ aTURN: chain { lag } } #', 'x', ''], LARGE),
    '50 equal directives': (turn) => `{ a${turn}: chain { lag ${'@include(if: true) '.repeat(50)} } }`,
    '13 levels (too deep)': (turn) => `{ a${turn}: block(height: 1) { ${nest(12, 'previous { ', 'height', ' }')} } }`,
    '31 aliases (too many)': (turn) => `{ c${turn}: chain { ${aliases(31, (alias) => `${alias}: lag`)} } }`,
  });
}

/** Variables that are large, many or deep. */
export function variables(): Shape[] {
  const text = { large: 'query ($x: String!) { address(address: $x) { address } }' };
  const named = (name: string) => ({ [name]: text.large });
  const txids = 'query ($x: [Hash!]) { transactions(filter: { txids: $x }) { nodes { txid } } }';
  const filter = 'query ($x: TransactionFilter) { transactions(filter: $x) { nodes { txid } } }';
  return [
    ...hostile(named('variables, a text of 100 KB'), { x: 'x'.repeat(LARGE - 200) }),
    ...hostile(named('variables, 9,000 that are unknown'), numbered(9_000)),
    ...hostile(named('variables, 80,000 that are unknown'), numbered(80_000)),
    ...hostile({ 'variables, a list of 45,000': txids }, { x: Array(45_000).fill(1) }),
    ...hostile({ 'variables, a list of 500,000': txids }, { x: Array(500_000).fill(1) }),
    ...hostile({ 'a filter 40 levels deep': filter }, { x: deepFilter(40) }),
  ];
}

/** Bodies that are not requests, or only look like some. */
export function requests(): Shape[] {
  return [
    ...bodies({
      'no JSON, 100 KB': '['.repeat(LARGE),
      'no JSON, 1 MB': '['.repeat(HUGE),
      'JSON 50,000 levels deep': extended(LARGE / 2 - 100),
      'JSON 500,000 levels deep': extended(HUGE / 2 - 100),
      'a batch of 100': JSON.stringify(Array(100).fill({ query: SMALL })),
      'a body of 2 MB (too large)': 'x'.repeat(2_000_000),
      'a persisted query that is unknown': (turn) => persisted(undefined, `${turn}`),
      'a persisted query that is new': (turn) => persisted(`{ p${turn}: chain { lag } }`),
      'a persisted query under a wrong hash': (turn) => persisted(SMALL, `${turn}`),
    }),
    ...hostile({
      'broadcast of nothing': 'mutation { broadcastTransaction(raw: "00") }',
      'broadcast of 1 MB of nothing': `mutation { broadcastTransaction(raw: "${'00'.repeat(500_000)}") }`,
    }),
  ];
}

/** Ten fragments, each of which spreads the next one twice. */
function doubling(turn: number): string {
  const fragments = Array.from({ length: 10 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`);
  return `{ ...f0 } ${fragments.join(' ')} fragment f10 on Query { a${turn}: chain { lag } }`;
}

function numbered(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
}

function deepFilter(levels: number): object {
  return levels === 0 ? {} : { data: [{ pushes: [deepFilter(levels - 1)] }] };
}

/** A request with an extension so many levels deep. */
function extended(levels: number): string {
  return `{"query":"${SMALL}","extensions":${nest(levels, '[', '', ']')}}`;
}

/** @param hashed the text of the hash [the query] */
function persisted(query: string | undefined, hashed = query!): string {
  const sha256Hash = createHash('sha256').update(hashed).digest('hex');
  return JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } });
}
