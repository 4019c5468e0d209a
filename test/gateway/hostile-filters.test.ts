import { getOperationAST, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/chain/bytes.ts';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { coerceVariables } from '../../src/gateway/requests/variables.ts';
import {
  dataScript,
  encodeBlock,
  encodeCoinbase,
  encodeTransaction,
  p2pkhScript,
  pushScript,
} from '../support/synthetic-chain.ts';
import { gatewayOver, post, storeOf } from './support.ts';

const OP_RETURN = Uint8Array.of(0x6a);
const INPUT = { txid: new Uint8Array(32).fill(9), index: 0 };
const text = (word: string) => new TextEncoder().encode(word);
const marked = (mark: string) => ({ value: 0, script: dataScript([text(mark)]) });
const repeated = (bytes: Uint8Array, times: number) => concatBytes(...Array.from({ length: times }, () => bytes));

/** Data that is the same byte again and again: each place of it looks like the beginning of what is searched for. */
const UNIFORM = encodeTransaction(
  [INPUT],
  [marked('uniform'), { value: 0, script: dataScript([text('a'.repeat(900_000)), text(`found${'a'.repeat(400)}`)]) }],
);
const NO_TEXT = Uint8Array.of(1, 0xff);
const MANY_PUSHES = encodeTransaction(
  [INPUT],
  [marked('pushes'), { value: 0, script: concatBytes(OP_RETURN, repeated(NO_TEXT, 90_000)) }],
);
const MANY_OUTPUTS = encodeTransaction(
  [INPUT],
  [marked('outputs'), ...Array.from({ length: 20_000 }, () => ({ value: 1, script: p2pkhScript(1) }))],
);
const UNLOCKING = pushScript(Array.from({ length: 10 }, () => text('no signature')));
const MANY_INPUTS = encodeTransaction(
  Array.from({ length: 20_000 }, (_, index) => ({
    ...INPUT,
    index,
    ...(index < 100 && { unlockingScript: UNLOCKING }),
  })),
  [marked('inputs')],
);

const gateway = gatewayOver(() => {
  const block = [encodeCoinbase(100, []), UNIFORM, MANY_PUSHES, MANY_OUTPUTS, MANY_INPUTS];
  return storeOf([encodeBlock(new Uint8Array(32), 1_700_000_000, block)], 100);
});

/** How many of the transactions with a mark match a filter, and what that cost. */
async function ask(mark: string, filter: object) {
  const led = { data: [{ pushes: [{ equals: { utf8: mark } }] }], and: [filter] };
  const query = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { nodes { txid } } }';
  const { data, errors, extensions } = await post(gateway.url, query, { filter: led });
  expect(errors).toBeUndefined();
  const { charged } = extensions!.cost as { charged: number };
  return { found: data.transactions.nodes.length as number, charged };
}

/** Conditions that are all examined, since none of them holds. */
const oneOf = (count: number, condition: object) => ({ or: Array.from({ length: count }, () => condition) });
const push = (condition: object) => ({ data: [{ pushes: [condition] }] });

describe('data that was made to be slow', { timeout: 20_000 }, () => {
  const slow = `aaaaa${'b'}${'a'.repeat(50_000)}`;

  it.each([
    ['bytes', push({ contains: { utf8: slow } })],
    ['text', push({ utf8: { contains: slow } })],
    ['text in any case', push({ utf8: { contains: slow.toUpperCase(), caseInsensitive: true } })],
  ])('is searched for long %s in linear time', async (_, filter) => {
    expect(await ask('uniform', filter)).toMatchObject({ found: 0 });
  });

  it.each([
    ['bytes', push({ contains: { utf8: `found${'a'.repeat(400)}` } })],
    ['text', push({ utf8: { contains: `und${'a'.repeat(400)}` } })],
    ['text in any case', push({ utf8: { equals: `FOUND${'A'.repeat(400)}`, caseInsensitive: true } })],
  ])('is found by long %s', async (_, filter) => {
    expect(await ask('uniform', filter)).toMatchObject({ found: 1 });
  });

  it('is compared with text without an error for each push that is none', async () => {
    const none = { utf8: { contains: 'zz' } };
    expect(await ask('pushes', oneOf(31, push(none)))).toMatchObject({ found: 0 });
  });
});

/** Points that pay for as many tests. */
const pointsOf = (tests: number) => Math.floor(tests / 32);

describe('a filter costs what it goes over', () => {
  it.each([
    ['outputs by type', 'outputs', 20_000, { outputs: [{ types: ['P2TR'] }] }],
    ['outputs by value', 'outputs', 20_000, { outputs: [{ value: { gt: 5 } }] }],
    ['outputs, added up', 'outputs', 20_000, { outputValue: { gt: 1e9 } }],
    ['outputs by the beginning of scripts', 'outputs', 20_000, { outputs: [{ lockingScript: { startsWith: '51' } }] }],
    ['inputs by sequence', 'inputs', 20_000, { inputs: [{ sequence: { lt: 5 } }] }],
    ['inputs by what they spend', 'inputs', 20_000, { inputs: [{ spends: { txid: '00'.repeat(32) } }] }],
    ['pushes by size', 'pushes', 90_000, push({ size: { gt: 1e6 } })],
    ['pushes by index', 'pushes', 90_000, push({ index: 1e9 })],
    ['data in inputs', 'inputs', 21_000, { inputs: [{ witness: { items: [{ size: { gt: 1e6 } }] } }] }],
  ])('%s', async (_, mark, tests, condition) => {
    const once = await ask(mark, oneOf(1, condition));
    const often = await ask(mark, oneOf(21, condition));
    expect([once.found, often.found]).toEqual([0, 0]);
    expect(often.charged - once.charged).toBeGreaterThanOrEqual(20 * pointsOf(tests));
  });
});

describe('what a caller sends', () => {
  const ADDRESS = 'mkHS9ne12qx9pS9VojpwU5xtRd4T7X7ZUt';
  const lists = (times: number) => ({
    and: Array.from({ length: times }, () => ({ addresses: Array(1_000).fill(ADDRESS) })),
  });

  it.each([
    ['transactions', 'transactions(filter: $filter) { nodes { txid } }'],
    ['explainTransactions', 'explainTransactions(filter: $filter) { steps { index } }'],
  ])('is paid for each field that parses it: %s', async (_, field) => {
    const query = `query ($filter: TransactionFilter) { a: ${field} b: ${field} c: ${field} }`;
    const filter = { txids: ['00'.repeat(32)], ...lists(2) };
    const { errors, extensions } = await post(gateway.url, query, { filter });
    expect(errors).toBeUndefined();
    expect((extensions!.cost as { charged: number }).charged).toBeGreaterThanOrEqual(3 * 2 * 1_900);
  });

  it('is as cheap as ever if it is short', async () => {
    const query = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { nodes { txid } } }';
    const { extensions } = await post(gateway.url, query, { filter: { txids: ['00'.repeat(32)] } });
    expect((extensions!.cost as { charged: number }).charged).toBeLessThan(200);
  });

  const operation = getOperationAST(
    parse('query ($filter: TransactionFilter) { transactions(filter: $filter) { nodes { txid } } }'),
  )!;
  const coerced = (count: number) =>
    coerceVariables(createSchema(), operation, { filter: { or: Array.from({ length: count }, () => ({})) } });

  it('may have many objects', () => {
    expect(coerced(39_900).error).toBeNull();
  });

  it('is refused if it has too many, before they are looked at', () => {
    expect(coerced(40_000).error).toMatchObject({
      message: 'The variables have more than 40000 objects: send less at once.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});
