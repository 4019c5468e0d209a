import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { QUERY_LIMITS } from '../../src/gateway/requests/query-limits.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { type Answer, demoGateway, post } from './support.ts';

const FIELDS = 'The answer would have more than 500000 fields';
const BYTES = 'The answer would have more than 64 MiB';
const JSON_TYPE = { 'content-type': 'application/json' };
const ROWS = 'The request has examined the maximum number of rows';

const gateway = demoGateway({ scanBudget: 1_000 });

describe('a query without end', () => {
  it.each([
    ['lists in lists', `{ transactions(first: 100) { nodes { ${nested(4)} } } }`, FIELDS],
    ['fragments that double', `{ transactions(first: 100) { nodes { ...F0 } } } ${doubling(3, '')}`, FIELDS],
    ['the same bytes again and again', repeatedBytes(), BYTES],
    [
      'spenders of many outputs',
      `{ transactions(first: 100) { nodes { outputs { ${aliases(30, 'spentBy { index }')} } } } }`,
      ROWS,
    ],
    [
      'neighbours of many blocks',
      `{ transactions(first: 100) { nodes { block { ${aliases(30, 'next { hash }')} } } } }`,
      ROWS,
    ],
  ])('is stopped: %s', async (_, query, message) => {
    const { errors } = await post(gateway.url, query);
    expect(errors?.[0]?.message).toContain(message);
    expect(errors?.[0]?.extensions).toEqual({ code: 'BUDGET_EXCEEDED', retryable: false });
    expect(errors!.length).toBeLessThanOrEqual(21);
  });
});

describe('a filter that is nested deeply', () => {
  const QUERY = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { nodes { txid } } }';
  const deep = (name: string, depth: number, end = '{ "coinbase": true }') => {
    const list = name === 'not' ? ['', ''] : ['[', ']'];
    return `{ "${name}": ${list[0]}`.repeat(depth) + end + `${list[1]} }`.repeat(depth);
  };

  it.each(['and', 'or', 'not'])('is refused in variables, however deep: %s', async (name) => {
    for (const depth of [8, 100, 2_000, 5_000]) {
      const body = `{ "query": "${QUERY}", "variables": { "filter": ${deep(name, depth)} } }`;
      const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: JSON_TYPE, body });
      const { errors } = (await response.json()) as Answer;
      const { status } = response;
      expect([status, errors?.length]).toEqual([status === 400 ? 400 : 200, 1]);
      expect(errors![0]!.extensions.code).toMatch(/^(BAD_QUERY|BAD_USER_INPUT)$/);
      expect(errors![0]!.message).toMatch(/nested/);
    }
    expect((await post(gateway.url, '{ chain { network } }')).data).toEqual({ chain: { network: 'btc-mainnet' } });
  });

  it.each(['and', 'or', 'not'])('is refused in the text of a query: %s', async (name) => {
    for (const depth of [8, 100, 2_000]) {
      const filter = deep(name, depth).replaceAll('"', '');
      const { errors } = await post(gateway.url, `{ transactions(filter: ${filter}) { nodes { txid } } }`);
      expect(errors).toHaveLength(1);
      expect(errors![0]!.extensions.code).not.toBe('INTERNAL');
    }
  });

  it('is answered up to the limit', async () => {
    const { data } = await post(gateway.url, QUERY, { filter: JSON.parse(deep('and', 7)) });
    expect(data.transactions.nodes).toHaveLength(1);
  });
});

describe('the shape of a query', () => {
  const { depth, aliases: most, rootFields, directives } = QUERY_LIMITS;

  it.each([
    [
      'depth',
      blocksAbove(depth - 1),
      blocksAbove(depth),
      `${depth + 1} levels of fields; at most ${depth} are allowed`,
    ],
    ['aliases', `{ ${inBlock(aliases(most, 'hash'))} }`, `{ ${inBlock(aliases(most + 1, 'hash'))} }`, `31 aliases`],
    [
      'root fields',
      `{ ${'chain { lag } '.repeat(rootFields)} }`,
      `{ ${'__typename '.repeat(rootFields + 1)} }`,
      '21 fields at its root',
    ],
    ['directives', `{ ${inBlock(included(directives))} }`, `{ ${inBlock(included(directives + 1))} }`, '51 directives'],
    [
      'aliases in fragments',
      `{ ${inBlock('...A ...A ...A')} } fragment A on Block { ${aliases(10, 'hash')} }`,
      `{ ${inBlock('...A ...A ...A ...A')} } fragment A on Block { ${aliases(10, 'hash')} }`,
      '40 aliases',
    ],
    [
      'depth in fragments',
      `{ ${inBlock('...A')} } fragment A on Block { ${previous(11)} }`,
      `{ ${inBlock('...A')} } fragment A on Block { ... { ${previous(12)} } }`,
      '13 levels of fields',
    ],
    [
      'root fields in fragments',
      `{ ...A } fragment A on Query { ${'chain { lag } '.repeat(rootFields)} }`,
      `{ ...A ...A } fragment A on Query { ${'chain { lag } '.repeat(11)} }`,
      '22 fields at its root',
    ],
    [
      'depth behind a fragment with the name of introspection',
      `{ ...__schema } fragment __schema on Query { ${inBlock(previous(11))} }`,
      `{ ...__schema } fragment __schema on Query { ${inBlock(previous(12))} }`,
      '13 levels of fields',
    ],
  ])('is bounded: %s', async (_, allowed, refused, message) => {
    expect((await post(gateway.url, allowed)).errors).toBeUndefined();
    const { status, errors } = await post(gateway.url, refused);
    expect(errors).toHaveLength(1);
    expect(errors![0]!.message).toContain(message);
    expect(errors![0]!.extensions).toEqual({ code: 'LIMIT_EXCEEDED', retryable: false });
    expect(status).toBe(400);
  });

  it('is bounded in the same way for streams', async () => {
    const client = new EventSourceClient(`${gateway.url}/graphql`, blocksAbove(depth));
    await client.ended;
    expect(client.notices[0]!.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', retryable: false } }]);
  });

  it.each([
    ['lists', `{ transactions(filter: ${'['.repeat(900)}1${']'.repeat(900)}) { nodes { txid } } }`],
    ['lists without an end', `{ transactions(filter: ${'['.repeat(1_900)}`],
    ['objects', `{ transactions(filter: ${'{a:'.repeat(600)}1${'}'.repeat(600)}) { nodes { txid } } }`],
    ['types', `query ($x: ${'['.repeat(900)}Int${']'.repeat(900)}) { chain { lag } }`],
    ['fragments without a name', `{ ${'... { '.repeat(450)} chain { lag } ${'}'.repeat(450)} }`],
  ])('has a bounded depth of brackets: %s', async (_, query) => {
    expect((await post(gateway.url, query)).errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });

  it('may have any brackets in its strings and comments', async () => {
    const query = `# ${'{'.repeat(99)}
      { transactions(first: 1, filter: { data: { pushes: { equals: { utf8: "${'[\\"('.repeat(99)}" } } } }) { nodes { txid } }
        chain { lag } }`;
    expect((await post(gateway.url, query)).errors).toBeUndefined();
    expect(
      (await post(gateway.url, query.replace(/utf8: ("[\s\S]*?") }/, 'utf8: """{{{ " [[[ \\""" (((""" }'))).errors,
    ).toBeUndefined();
  });

  it('is checked quickly, however fragments multiply', async () => {
    const { errors } = await post(
      gateway.url,
      `{ transactions(first: 1) { nodes { ...F0 } } } ${doubling(45, 'first: 1')}`,
    );
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual([
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
    ]);
  });

  it('is refused if fragments spread themselves', async () => {
    const { errors } = await post(
      gateway.url,
      '{ chain { ...A } } fragment A on Chain { tip { height } ...B } fragment B on Chain { ...A }',
    );
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });

  it('allows the introspection query of tools', async () => {
    const { errors } = await post(gateway.url, getIntrospectionQuery());
    expect(errors).toBeUndefined();
  });
});

function aliases(count: number, field: string): string {
  return Array.from({ length: count }, (_, i) => `f${i}: ${field}`).join(' ');
}

function inBlock(fields: string): string {
  return `block(height: 357238) { ${fields} }`;
}

/** A block with so many blocks above it. */
function blocksAbove(count: number): string {
  return `{ ${inBlock(previous(count))} }`;
}

/** A query with so many levels. */
function previous(depth: number): string {
  return depth === 1 ? 'hash' : `previous { ${previous(depth - 1)} }`;
}

function included(count: number): string {
  return ['hash', 'height', 'version']
    .map((field, i) => `${field} @include(if: true) `.repeat(Math.ceil((count - i) / 3)))
    .join('');
}

/** Outputs of the transaction of outputs of the transaction... */
function nested(depth: number): string {
  return depth === 0 ? 'txid' : `outputs { transaction { ${nested(depth - 1)} } }`;
}

/** Each fragment spreads the next one twice. */
function doubling(depth: number, args: string): string {
  const list = args === '' ? 'outputs' : `outputs(${args})`;
  const fragments = Array.from({ length: depth }, (_, i) => {
    const next = `${list} { transaction { ...F${i + 1} } }`;
    return `fragment F${i} on Transaction { a: ${next} b: ${next} }`;
  });
  return `${fragments.join(' ')} fragment F${depth} on Transaction { txid }`;
}

function repeatedBytes(): string {
  const hex = 'outputs { transaction { outputs { transaction { ...H } } } }';
  return `{ transactions(first: 100) { nodes { ${hex} } } } fragment H on Transaction { ${aliases(30, 'hex')} }`;
}
