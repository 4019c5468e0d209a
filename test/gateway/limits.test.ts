import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChainStore } from '../../src/store/store.ts';
import { demoStore, post, serve, type TestGateway } from './support.ts';

const FIELDS = 'The answer would hold more than 500000 fields';
const BYTES = 'The answer would hold more than 64 MiB';
const ROWS = 'The request has examined as many rows as one may';

describe('a query without end', () => {
  let store: ChainStore;
  let gateway: TestGateway;

  beforeAll(async () => {
    store = await demoStore();
    gateway = await serve(store, { scanBudget: 1_000 });
  });

  afterAll(async () => {
    await gateway.close();
    await store.close();
  });

  it.each([
    ['lists in lists', `{ transactions(first: 100) { nodes { ${nested(6)} } } }`, FIELDS],
    ['fragments that double', `{ transactions(first: 100) { nodes { ...F0 } } } ${doubling(14)}`, FIELDS],
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

function aliases(count: number, field: string): string {
  return Array.from({ length: count }, (_, i) => `f${i}: ${field}`).join(' ');
}

/** Outputs of the transaction of outputs of the transaction... */
function nested(depth: number): string {
  return depth === 0 ? 'txid' : `outputs { transaction { ${nested(depth - 1)} } }`;
}

/** Each fragment asks twice for what the next one asks for. */
function doubling(depth: number): string {
  const fragments = Array.from({ length: depth }, (_, i) => {
    const next = `outputs(first: 1) { transaction { ...F${i + 1} } }`;
    return `fragment F${i} on Transaction { a: ${next} b: ${next} }`;
  });
  return `${fragments.join(' ')} fragment F${depth} on Transaction { txid }`;
}

function repeatedBytes(): string {
  const page = 'transactions(first: 100) { nodes { ...H outputs(first: 1) { transaction { ...H } } } }';
  const rest = page.replace('first: 100', 'first: 100, order: OLDEST_FIRST');
  return `{ newest: ${page} oldest: ${rest} } fragment H on Transaction { ${aliases(600, 'hex')} }`;
}
