import { describe, expect, it } from 'vitest';
import { demoGateway, post } from './support.ts';

const TXID = '6399364a1a238e1ae495d26274548ee8dede0d12a14f378bfe020a367764f3d2';
const BCH_ADDRESS = 'bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a';

describe('a query with a mistake', () => {
  const gateway = demoGateway();

  it.each([
    ['transactions(first: 0) { nodes { txid } }', '`first` must be from 1 to 100, not 0.'],
    ['transactions(first: 101) { nodes { txid } }', '`first` must be from 1 to 100, not 101.'],
    ['blocks(last: -1) { nodes { hash } }', '`last` must be from 1 to 100, not -1.'],
    ['blocks(first: 1, last: 1) { nodes { hash } }', 'Give `first` or `last`, not both.'],
    ['block { hash }', 'Give exactly one of `hash` and `height`.'],
    ['block(height: -1) { hash }', '`height` must be at least 0.'],
    [`block(height: 357238, hash: "${'0'.repeat(64)}") { hash }`, 'Give exactly one of `hash` and `height`.'],
    [`transaction(txid: "${TXID}") { outputs(first: 0) { value } }`, '`first` must be from 1 to 1000, not 0.'],
    [`transaction(txid: "${TXID}") { inputs(first: 1001) { index } }`, '`first` must be from 1 to 1000, not 1001.'],
    [`transaction(txid: "${TXID}") { inputs(offset: -1) { index } }`, '`offset` must be at least 0, not -1.'],
    ['transactions(filter: { block: { from: 2, to: 1 } }) { nodes { txid } }', '`block` ends (1) before it begins (2)'],
    ['transactions(filter: { data: { pushes: [] } }) { nodes { txid } }', '`pushes` must hold'],
  ])('%s is answered with what to change', async (field, message) => {
    const { errors } = await post(gateway.url, `{ ${field} }`);
    expect(errors).toHaveLength(1);
    expect(errors![0]!.message).toContain(message);
    expect(errors![0]!.extensions).toEqual({ code: 'BAD_QUERY', retryable: false });
  });

  it.each([
    [`address(address: "${BCH_ADDRESS}") { type }`, 'BAD_ADDRESS'],
    ['address(address: "1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTx") { type }', 'BAD_ADDRESS'],
    ['transactions(after: "bm8gY3Vyc29y") { nodes { txid } }', 'BAD_CURSOR'],
    ['transactions(filter: { txids: "12" }) { nodes { txid } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['block(height: "1") { hash }', 'GRAPHQL_VALIDATION_FAILED'],
    ['block(heigth: 1) { hash }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'transactions(filter: { data: { pushes: { equals: { utf8: "a", hex: "61" } } } }) { nodes { txid } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['block(', 'GRAPHQL_PARSE_FAILED'],
  ])('%s is refused as %s', async (field, code) => {
    const { errors } = await post(gateway.url, `{ ${field} }`);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
    expect(errors![0]!.extensions.retryable).toBe(false);
  });

  it.each([
    ['Hash', '12', 'Hash must be 64 hexadecimal digits, not "12": it has 2 characters.'],
    ['Hash', 12, 'Hash must be 64 hexadecimal digits, not 12: give it in quotes.'],
  ])('a variable of type %s that is %j is named', async (type, value, message) => {
    const { errors, status } = await post(gateway.url, `query ($v: ${type}!) { transaction(txid: $v) { txid } }`, {
      v: value,
    });
    expect(status).toBe(400);
    expect(errors![0]!.message).toContain(message);
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });

  it.each([
    ['query ($v: Order) { blocks(order: $v) { nodes { hash } } }', 'Argument "order" of non-null type'],
    [
      'query ($v: Int) { transactions { nodes { inputs(offset: $v) { index } } } }',
      'Argument "offset" of non-null type',
    ],
    ['query ($v: Boolean = true) { chain @skip(if: $v) { network } }', 'Argument "if" of non-null type'],
    ['query ($v: Boolean = true) { chain { network @skip(if: $v) } }', 'Argument "if" of non-null type'],
    [
      'query ($v: [PushFilter!] = []) { transactions(filter: { data: { pushes: $v } }) { nodes { txid } } }',
      'Argument "filter" has invalid value',
    ],
  ])('%s cannot be null, and the error says so', async (query, message) => {
    const { errors, status } = await post(gateway.url, query, { v: null });
    expect(status).toBe(400);
    expect(errors![0]!.message).toContain(message);
    expect(errors![0]!.extensions).toEqual({ code: 'BAD_USER_INPUT', retryable: false });
  });

  it('has an HTTP status of its own if nothing could be answered, otherwise a partial answer', async () => {
    const whole = await post(gateway.url, '{ transactions(first: 0) { nodes { txid } } }');
    expect(whole).toMatchObject({ status: 400, data: { transactions: null } });
    const partly = await post(gateway.url, '{ chain { network } block(height: -1) { hash } }');
    expect(partly).toMatchObject({ status: 200, data: { chain: { network: 'btc-mainnet' }, block: null } });
    expect(partly.errors).toHaveLength(1);
    expect(partly.extensions).toHaveProperty('chain');
  });
});
