import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { addressOf } from '../../src/chain/address.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { packagePath } from '../../src/package-root.ts';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { PagedTransactions } from '../../src/store/mongo/paged-transactions.ts';
import { ROWS_OF_PAGE } from '../../src/store/mongo/transaction-page.ts';
import { encodePosition } from '../../src/store/position.ts';
import { RunStore } from '../../src/store/runs/run-store.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { type Answer, post, serve, storeOf } from '../gateway/support.ts';
import { describeWith } from '../services/suite.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { MadeChain } from '../support/made-chain.ts';
import { hashOf, SHARDED_TABLES, ShardedStore, type ShardsAsked, shardOf } from '../support/sharded-store.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../support/temporary-store.ts';
import { describeStore } from './contract.ts';

/** Opens databases as the shards of one store. */
async function openShards(
  databases: readonly TemporaryDatabase[],
  onAsk?: (asked: ShardsAsked) => void,
): Promise<ChainStore> {
  const shards = await Promise.all(databases.map(({ uri }) => MongoStore.openRows(uri)));
  return new RunStore(new PagedTransactions(new ShardedStore(shards, onAsk)));
}

async function dropAll(databases: readonly TemporaryDatabase[]): Promise<void> {
  await Promise.all(databases.map(({ drop }) => drop()));
}

describeWith('mongodb')('MongoDB', ({ mongodbUri }) => {
  describeStore('in two shards, as a store', async () => {
    const databases = [temporaryDatabase(mongodbUri), temporaryDatabase(mongodbUri)];
    return { open: () => openShards(databases), destroy: () => dropAll(databases) };
  });
});

const NETWORK = networkById('btc-regtest');
const FIRST_HEIGHT = 10;
const SHARDS = 8;
const { blocks } = new MadeChain(42).mine(400);
const parsed = blocks.map((block) => parseBlock(block, NETWORK));

const spent = new Set(
  parsed.flatMap(({ transactions }) =>
    transactions.flatMap(({ inputs }) => inputs.map(({ previousTxid }) => hashToHex(previousTxid))),
  ),
);

/** The id of a transaction at or after the block with this number, of which another spends an output. */
function payment(from: number): string {
  const ids = parsed
    .slice(from)
    .flatMap(({ transactions }) => transactions.slice(1).map(({ txid }) => hashToHex(txid)));
  return ids.find((id) => spent.has(id))!;
}

const address = (key: number) => addressOf(p2pkhScript(key), NETWORK)!;
const hashAt = (number: number) => hashToHex(parsed[number]!.header.hash);
const startsWith = (text: string) => `{ outputs: { data: { pushes: { startsWith: { utf8: "${text}" } } } } }`;

/** Each kind of question twice, about different things: the first answer brings filters and first keys into memory. */
const QUESTIONS: Readonly<Record<string, readonly [string, string]>> = {
  'transaction by id': both((i) => `transaction(txid: "${payment(100 + 100 * i)}") { txid size }`),
  'block by height': both((i) => `block(height: ${100 + i}) { hash time }`),
  'block by hash': both((i) => `block(hash: "${hashAt(200 + 100 * i)}") { height }`),
  'list of a block': both((i) => `block(height: ${200 + i}) { transactions(first: 10) { nodes { txid } } }`),
  'history of an address': both(
    (i) => `address(address: "${address(i)}") { transactions(first: 10) { nodes { txid } } }`,
  ),
  'balance of a busy address': both((i) => `address(address: "${address(2 + i)}") { balance { unspent } }`),
  'spenders of outputs': both(
    (i) => `transaction(txid: "${payment(150 + 100 * i)}") { outputs(first: 10) { spentBy { transaction { txid } } } }`,
  ),
  'prefix of data': both(
    (i) => `transactions(filter: ${startsWith(['abcde', 'x'.repeat(8)][i]!)}, first: 10) { nodes { txid } }`,
  ),
};

function both(question: (i: number) => string): readonly [string, string] {
  return [`{ ${question(0)} }`, `{ ${question(1)} }`];
}

describeWith('mongodb')('an index in eight shards', ({ mongodbUri }) => {
  const databases = Array.from({ length: SHARDS }, () => temporaryDatabase(mongodbUri));
  let asked: ShardsAsked[] = [];

  beforeAll(async () => {
    const store = await openShards(databases);
    await indexQuietly({
      store,
      node: new BlockListNode(NETWORK, FIRST_HEIGHT, blocks),
      from: FIRST_HEIGHT,
      once: true,
    });
    await store.close();
  });
  afterAll(() => dropAll(databases));

  /** The answer of a gateway that was just started, and has answered a question before. */
  async function answerAfter(first: string, second: string): Promise<Answer> {
    const store = await openShards(databases, (one) => void asked.push(one));
    const gateway = await serve(store);
    await post(gateway.url, first);
    asked = [];
    const answer = await post(gateway.url, second);
    await gateway.close();
    await store.close();
    return answer;
  }

  it('gives the same answers as one in SQLite, and asks few shards for them', async () => {
    const single = await storeOf(blocks, FIRST_HEIGHT);
    const gateway = await serve(single);
    const costs: Record<string, Cost> = {};
    for (const [kind, [first, second]] of Object.entries(QUESTIONS)) {
      const answer = await answerAfter(first, second);
      expect(answer.errors).toBeUndefined();
      expect(answer.data).toEqual((await post(gateway.url, second)).data);
      expect(JSON.stringify(answer.data)).toMatch(/[0-9a-f]{64}|"height":|"unspent":/);
      costs[kind] = costOf(asked);
    }
    await gateway.close();
    await single.close();
    console.table(costs);
    expect(Object.entries(costs).map(rowOf)).toEqual(documentedRows());
  });
});

/** What a question asks of the tables that are sharded. The first shard, which has all others, is asked as well. */
interface Cost {
  readonly pages: number;
  readonly transactions: number;
  /** Ranges, each of which all shards are asked for. */
  readonly ranges: number;
  /** All shards that were asked, with the first. It depends on the names of runs, so it is only printed. */
  readonly shards: number;
}

/** Also checks that as many keys lead to no more shards. */
function costOf(asked: readonly ShardsAsked[]): Cost {
  const sharded = asked.filter(({ table }) => table !== 'state' && SHARDED_TABLES.has(table));
  for (const { keys, ranges, shards } of sharded) {
    expect(shards.length).toBeLessThanOrEqual(ranges > 0 ? SHARDS : keys);
  }
  const sum = (table: string, of: 'keys' | 'ranges') =>
    sharded.filter((one) => one.table === table).reduce((total, one) => total + one[of], 0);
  return {
    pages: sum('runPages', 'keys'),
    transactions: sum('transactionPages', 'keys'),
    ranges: sum('runPages', 'ranges') + sum('transactionPages', 'ranges') + sum('payloads', 'ranges'),
    shards: new Set(asked.flatMap(({ shards }) => shards)).size,
  };
}

const page = readFileSync(packagePath('docs', 'scaling.md'), 'utf8');

function rowOf([kind, { pages, transactions, ranges }]: [string, Cost]): string {
  return `| ${kind} | ${pages} | ${transactions} | ${ranges} |`;
}

function documentedRows(): string[] {
  const kinds = Object.keys(QUESTIONS);
  return page.split('\n').filter((line) => kinds.some((kind) => line.startsWith(`| ${kind} |`)));
}

describe('the shard of a row', () => {
  it('is found by the hash of MongoDB', () => {
    const value = new Uint8Array(8);
    value[0] = 42;
    // A check value in MongoDB's own src/mongo/db/hasher.cpp, for a number.
    expect(hashOf(10, value)).toBe(-944_302_157_085_130_861n);
  });

  it('is any of them for the transactions of one large block', () => {
    const counts = Array.from({ length: SHARDS }, () => 0);
    for (let page = 0; page < 8_000; page++) {
      const position = encodePosition({ height: 702_861, fork: 0, index: page * ROWS_OF_PAGE });
      counts[shardOf(position, SHARDS)]! += 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(900);
    expect(Math.max(...counts)).toBeLessThan(1_100);
  });

  it('is one of several for just the tables that the document shards', () => {
    const tables = Array.from(
      page.matchAll(/sh\.shardCollection\("bitql\.(\w+)", \{ _id: "hashed" \}/g),
      ([, name]) => name,
    );
    expect(new Set(tables)).toEqual(SHARDED_TABLES);
  });
});
