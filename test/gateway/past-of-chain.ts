import fc from 'fast-check';
import { execute, getOperationAST, parse, validate } from 'graphql';
import { expect } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { CompiledOperations } from '../../src/gateway/graphql/compilation/compiled-operations.ts';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { RequestContext } from '../../src/gateway/resolvers/context.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { MOVE_KEYS, moveOf, perform } from '../support/random-moves.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { SILENT } from './support.ts';

const HOUR = 3_600;
const REWARDS = Array.from({ length: MOVE_KEYS }, (_, key) => ({ value: 50, script: p2pkhScript(key) }));
const ADDRESSES = REWARDS.map(({ script }) => addressOf(script, networkById('btc-regtest'))!);

/** Header times that go back and forth by more than an hour. */
export const UNEVEN_TIMES = (height: number): number => 1_000_000 + 2_000 * height + ((height * 7_919) % 5) * 1_300;

/** Everything that can be asked about the past, about each address. */
const FIELDS = `
  chain { network tip { height hash next { height } } coverage { from to } }
  mempool { count }
  blocks(order: NEWEST_FIRST, first: 100) { nodes { hash height confirmations onMainChain next { hash } } pageInfo { hasNextPage } }
  transactions(first: 100, order: NEWEST_FIRST) { nodes { ...T } }
  oldest: transactions(first: 100, order: OLDEST_FIRST, filter: { block: { from: 0 } }) { nodes { txid } }
  pending: transactions(filter: { confirmed: false }) { nodes { txid } }
  words: transactions(filter: { data: { pushes: { startsWith: { utf8: "ab" } } } }) { nodes { txid } }
  ${ADDRESSES.map(
    (address, i) => `a${i}: address(address: "${address}") {
      balance { received spent unspent transactionCount }
      unspentOutputs(first: 100) { nodes { index value transaction { txid confirmations } spentBy { index } } }
      transactions(first: 100) { nodes { txid } }
      hours: balances(by: HOUR) { nodes { ...P } }
      blocks: balances(by: BLOCK) { nodes { ...P } }
    }`,
  ).join('\n')}`;
const FRAGMENTS = `
  fragment T on Transaction {
    txid confirmations blockIndex block { height hash confirmations transactions { nodes { txid } } }
    outputs { index value spentBy { index transaction { txid confirmations } } }
    inputs { spentOutput { value } } conflicts { txid } removed { reason }
  }
  fragment P on BalancePeriod { from to lastHeight received spent unspent transactionCount partial }`;

const schema = createSchema();
const operationOf = (text: string) => {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  return { document, operation: getOperationAST(document)! };
};
const PRESENT = operationOf(`query Present { ${FIELDS} } ${FRAGMENTS}`);
const PAST = operationOf(
  `query Past($h: Int!) { before: chain { tip { height } } earlier: at(height: $h) { ${FIELDS} } now: chain { tip { height } } } ${FRAGMENTS}`,
);

async function answer(
  { document, operation }: typeof PAST,
  store: ChainStore,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const contextValue = new RequestContext({ store, scanBudget: 100_000, log: SILENT });
  const { data, errors } = await execute({ schema, document, variableValues: variables, contextValue });
  expect(errors).toBeUndefined();
  const compiled = await compiledAnswer({ document, operation }, store, variables);
  if (compiled !== null) {
    expect(JSON.stringify(compiled)).toBe(JSON.stringify(data));
    compiledAnswers += 1;
  }
  return JSON.parse(JSON.stringify(data));
}

const operations = new CompiledOperations(schema);
let compiledAnswers = 0;

/** Null while the operation is not compiled yet. */
async function compiledAnswer(
  { document, operation }: typeof PAST,
  store: ChainStore,
  variables: Readonly<Record<string, unknown>>,
): Promise<object | null> {
  const contextValue = new RequestContext({ store, scanBudget: 100_000, log: SILENT });
  const result = await operations.execute({ document, operation, variables, contextValue });
  return result?.data ?? null;
}

/**
 * Moves a chain and its mempool at random, then asks for each block that is left what it asks a chain that ends there.
 * @param emptyStore opens an empty store
 */
export async function showsThePast(emptyStore: () => Promise<ChainStore>, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(moveOf, { minLength: 6, maxLength: 24 }), fc.nat(), async (moves, n) => {
      const chain = await MovingChain.create(REWARDS, await emptyStore(), { timeOf: UNEVEN_TIMES });
      try {
        for (const move of moves) await perform(chain, move);
        const tip = chain.tip.height;
        for (const height of new Set([n % (tip + 1), tip])) await showsBlock(chain, height);
      } finally {
        await chain.close();
      }
    }),
    // To make a counterexample smaller takes minutes: its seed and path can be run again.
    { numRuns: runs, endOnFailure: true },
  );
  expect(compiledAnswers).toBeGreaterThan(0);
}

async function showsBlock(chain: MovingChain, height: number): Promise<void> {
  const then = await MovingChain.again(chain.now.blocks.slice(0, height + 1), { timeOf: UNEVEN_TIMES });
  try {
    expect(then.tip.hash).toBe(chain.now.blocks[height]!.hash);
    const tip = { tip: { height: chain.tip.height } };
    const past = await answer(PAST, chain.store, { h: height });
    expect(past).toEqual({ before: tip, earlier: await answer(PRESENT, then.store), now: tip });
    for (let i = 0; i < ADDRESSES.length; i++) addsUp(past.earlier as Readonly<Record<string, Address>>, i);
  } finally {
    await then.close();
  }
}

interface PeriodAnswer {
  readonly from: string;
  readonly to: string;
  readonly received: number;
  readonly spent: number;
  readonly unspent: number;
  readonly transactionCount: number;
  readonly partial: boolean;
}

interface Address {
  readonly balance: {
    readonly received: number;
    readonly spent: number;
    readonly unspent: number;
    readonly transactionCount: number;
  };
  readonly hours: { readonly nodes: readonly PeriodAnswer[] };
  readonly blocks: { readonly nodes: readonly PeriodAnswer[] };
}

/** The periods of an address are apart, and their sums are its balance. */
function addsUp(data: Readonly<Record<string, Address>>, i: number): void {
  const { balance, hours, blocks } = data[`a${i}`]!;
  for (const { nodes } of [hours, blocks]) {
    const sum = (of: (period: PeriodAnswer) => number) => nodes.map(of).reduce((a, b) => a + b, 0);
    expect({
      received: sum(({ received }) => received),
      spent: sum(({ spent }) => spent),
      unspent: nodes.at(-1)?.unspent ?? 0,
      transactionCount: sum(({ transactionCount }) => transactionCount),
    }).toEqual(balance);
  }
  const bounds = hours.nodes.flatMap(({ from, to }) => [Date.parse(from), Date.parse(to)]);
  expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
  for (const { from, to } of hours.nodes) expect(Date.parse(to) - Date.parse(from)).toBe(HOUR * 1_000);
  expect(hours.nodes.slice(0, -1).some(({ partial }) => partial)).toBe(false);
}
