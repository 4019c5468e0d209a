import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { AnswerMemory } from '../../src/gateway/limits/memory.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { type Answer, demoStore, post, serve, storeOf, type TestGateway } from './support.ts';

const TRANSACTIONS = 100;
const OUTPUTS = 1_000;
const HEIGHT = 10;
const NATURAL = `{ transactions(first: 100) { nodes {
  txid
  inputs { previousTxid previousIndex spentOutput { value address } }
  outputs { value address data { pushes { utf8 } } }
} } }`;

let folder: string;
/** A block of mainnet, and one of transactions with many outputs each. */
let usual: ChainStore;
let hostile: ChainStore;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-lists-'));
  const outputs = Array.from({ length: OUTPUTS }, (_, i) => ({ value: i, script: p2pkhScript(i % 200) }));
  const transactions = Array.from({ length: TRANSACTIONS }, (_, index) =>
    encodeTransaction([{ txid: new Uint8Array(32).fill(7), index }], outputs),
  );
  const block = encodeBlock(new Uint8Array(32), 1_600_000_000, [encodeCoinbase(HEIGHT, []), ...transactions]);
  [usual, hostile] = await Promise.all([demoStore(), storeOf([block], HEIGHT)]);
});

afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await Promise.all([usual.close(), hostile.close()]);
  rmSync(folder, { recursive: true });
});

/** A gateway whose callers have the default tier, with the given changes. */
async function serveWith(store: ChainStore, anonymous: object = {}, memory = new AnswerMemory()): Promise<TestGateway> {
  const access = new SqliteAccess(join(folder, `${opened.length}.db`));
  const callers = { access, tiers: parseTiers(JSON.stringify({ anonymous })), trustedProxies: [], maxSubscriptions: 9 };
  const gateway = await serve(store, { callers, memory });
  opened.push(gateway, access);
  return gateway;
}

/** The rate limit state of an anonymous caller: points of this minute, and the seconds until the next. */
async function standingAt({ url }: TestGateway) {
  const { headers } = await fetch(`${url}/graphql?query={chain{lag}}`, { headers: { 'x-apollo-operation-name': 'a' } });
  return { remaining: Number(headers.get('ratelimit-remaining')), reset: Number(headers.get('ratelimit-reset')) };
}

/** The answers to queries, one after the other, and their total cost; repeated if a minute ended between them. */
async function inOneMinute(tier: object, queries: readonly string[]) {
  for (;;) {
    const gateway = await serveWith(hostile, tier);
    const before = await standingAt(gateway);
    const answers: Answer[] = [];
    for (const query of queries) answers.push(await post(gateway.url, query));
    const after = await standingAt(gateway);
    if (after.reset <= before.reset) return { answers, spent: before.remaining - after.remaining };
  }
}

const costOf = ({ extensions }: Answer) => extensions!.cost as { requested: number; charged: number };
const codesOf = ({ errors }: Answer) => new Set(errors?.map(({ extensions }) => extensions.code));
const outputsWith = (fields: string) => `{ transactions(first: ${TRANSACTIONS}) { nodes { outputs { ${fields} } } } }`;

describe('lists without a length', () => {
  it('are priced at the usual length, and charged at their real length: 100 transactions with inputs and outputs', async () => {
    const gateway = await serveWith(usual);
    for (let time = 0; time < 4; time++) {
      const answer = await post(gateway.url, NATURAL);
      expect(answer.errors).toBeUndefined();
      expect(answer.data.transactions.nodes).toHaveLength(100);
      const { requested, charged } = costOf(answer);
      expect(requested).toBeLessThan(20_000);
      expect(charged).toBeLessThan(requested);
    }
  });

  it('are charged in full if they are very long', async () => {
    const gateway = await serveWith(hostile);
    for (let time = 0; time < 4; time++) {
      const answer = await post(gateway.url, outputsWith('index value'));
      expect(answer.errors).toBeUndefined();
      expect(answer.data.transactions.nodes.flatMap((node: { outputs: object[] }) => node.outputs)).toHaveLength(
        100_000,
      );
      const { requested, charged } = costOf(answer);
      expect(requested).toBeLessThan(5_000);
      expect(charged).toBeGreaterThan(200_000);
    }
  });

  it.each([
    {
      what: 'the fields of an answer',
      tier: {},
      fields: 'index value address type lockingScript',
      code: 'BUDGET_EXCEEDED',
      least: 500_000,
    },
    {
      what: 'what a request may cost',
      tier: { maxCost: 100_000 },
      fields: 'index value',
      code: 'COST_EXCEEDED',
      least: 97_000,
    },
    {
      what: 'what the caller has',
      tier: { costPerMinute: 100_000, burst: 0, maxCost: 100_000 },
      fields: 'index value',
      code: 'COST_EXCEEDED',
      least: 97_000,
    },
  ])('end midway at $what, and are paid up to that point', async ({ tier, fields, code, least }) => {
    const { answers, spent } = await inOneMinute(tier, [outputsWith(fields)]);
    expect(codesOf(answers[0]!)).toEqual(new Set([code]));
    expect(spent).toBeGreaterThanOrEqual(least);
  });

  it('do not begin for a caller who has too few points left', async () => {
    const tier = { costPerMinute: 250_000, burst: 0, maxCost: 250_000 };
    const { answers } = await inOneMinute(tier, Array(2).fill(outputsWith('index value')));
    expect(answers[0]!.errors).toBeUndefined();
    expect(codesOf(answers[1]!)).toEqual(new Set(['RATE_LIMITED']));
  });

  it('hold no more memory than allowed', async () => {
    const memory = new AnswerMemory(16 * 1024 * 1024);
    const gateway = await serveWith(hostile, {}, memory);
    expect(codesOf(await post(gateway.url, outputsWith('index value')))).toEqual(new Set(['OVERLOADED']));
    expect(
      (await post(gateway.url, '{ transactions(first: 1) { nodes { outputs { index } } } }')).errors,
    ).toBeUndefined();
  });

  it('are stopped in the same way if they are nested', async () => {
    const gateway = await serveWith(hostile);
    const nested = 'transaction { outputs { transaction { outputs { value } } } }';
    const answer = await post(gateway.url, outputsWith(nested));
    expect([...codesOf(answer)].every((code) => /^(BUDGET|COST)_EXCEEDED$/.test(code))).toBe(true);
    expect(answer.data?.transactions ?? null).toBeNull();
  });
});
