import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { verifyIndex } from '../../indexer/verify/verify-store.ts';
import { addressOf } from '../../src/chain/address.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { executeQuery } from '../../src/gateway/graphql/apollo.ts';
import type { StoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { type ChainStore, TABLES, type Table } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { KEYS, MadeChain } from '../support/made-chain.ts';
import { runPages } from '../support/run-pages.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { vandalOf } from '../support/vandal.ts';
import { allRows } from '../support/visible-rows.ts';
import { SILENT } from './support.ts';

const FROM = 100;
const BLOCKS = 80;
const NETWORK = networkById('btc-regtest');
const PAGE_BYTES = 8_192;
const FLIPS = 34;
const PAGES = 10;

const { blocks } = new MadeChain(5).mine(BLOCKS);

async function indexInto(location: StoreLocation): Promise<void> {
  const store = await openStore(location, { cacheMiB: 8 });
  await indexQuietly({
    store,
    node: new BlockListNode(NETWORK, FROM, blocks),
    from: FROM,
    once: true,
  });
  await store.close();
}

const TX =
  'txid size hex firstSeen block { height hash } inputs { spentOutput { value lockingScript } } outputs { value lockingScript spentBy { transaction { txid } } }';
const NODES = `nodes { ${TX} } pageInfo { hasNextPage }`;

/** Queries that read each table. */
function questions(): string[] {
  const parsed = blocks.map((bytes) => parseBlock(bytes, NETWORK));
  const txids = parsed.flatMap(({ transactions }) => transactions.map(({ txid }) => hashToHex(txid)));
  const heights = Array.from({ length: BLOCKS / 16 }, (_, i) => FROM + 16 * i);
  const addresses = Array.from({ length: KEYS }, (_, key) => addressOf(p2pkhScript(key), NETWORK));
  return [
    '{ chain { tip { height hash } coverage { from to } } }',
    '{ blocks(first: 100) { nodes { hash height time medianTime chainWork size transactionCount outputValue } } }',
    ...heights.map((height) => `{ block(height: ${height}) { hash header transactions(first: 100) { ${NODES} } } }`),
    ...heights.map((height) => `{ block(hash: "${hashToHex(parsed[height - FROM]!.header.hash)}") { height } }`),
    ...txids.filter((_, i) => i % 27 === 0).map((txid) => `{ transaction(txid: "${txid}") { ${TX} } }`),
    ...addresses.map((address) => `{ address(address: "${address}") { balance { received spent transactionCount } } }`),
    ...addresses.map(
      (address) =>
        `{ address(address: "${address}") { transactions(first: 100) { nodes { txid } } unspentOutputs(first: 100) { nodes { value index } } } }`,
    ),
    `{ transactions(first: 100, filter: { data: [{ pushes: [{ startsWith: { utf8: "abc" } }] }] }) { nodes { txid } } }`,
    '{ transactions(first: 100, order: OLDEST_FIRST) { nodes { txid } } }',
    '{ transactions(first: 50, filter: { coinbase: true }) { nodes { txid } } }',
  ];
}

const QUESTIONS = questions();

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions: { readonly code: string }; readonly message: string }[];
}

async function answersOf(store: ChainStore): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const query of QUESTIONS) {
    answers.push((await executeQuery({ query }, { store, scanBudget: 100_000, log: SILENT })) as Answer);
  }
  return answers;
}

const dataOf = ({ data }: Answer) => JSON.stringify(data);
const codesOf = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions.code);

/** Pseudorandom numbers below n, the same in each run. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/**
 * Asks a damaged store each query.
 * @returns how many wrong answers came without an error; each of them must come from damage that verify-store finds
 */
async function wrongAnswers(location: StoreLocation, right: readonly Answer[], what: string): Promise<number> {
  const told = (error: unknown) =>
    expect([what, error]).toEqual([what, expect.objectContaining({ code: 'STORE_DAMAGED' })]);
  let store: ChainStore;
  try {
    store = await openStore(location, { cacheMiB: 1 });
  } catch (error) {
    told(error);
    return 0;
  }
  try {
    let wrong = 0;
    for (const [i, answer] of (await answersOf(store)).entries()) {
      for (const code of codesOf(answer))
        expect([what, QUESTIONS[i], code]).toEqual([what, QUESTIONS[i], 'STORE_DAMAGED']);
      if (answer.errors === undefined && dataOf(answer) !== dataOf(right[i]!)) wrong += 1;
    }
    if (wrong === 0) return 0;
    const verification = await verifyIndex({
      store,
      cacheBytes: 1_000_000,
      signal: new AbortController().signal,
    }).catch(told);
    if (verification)
      expect([what, verification.found]).toEqual([what, expect.toSatisfy((found: number) => found > 0)]);
    return wrong;
  } finally {
    await store.close();
  }
}

describeWith()('a damaged SQLite file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-damaged-'));
  const file = join(folder, 'whole.db');
  const damaged = join(folder, 'damaged.db');
  let right: Answer[];
  let bytes: Uint8Array;

  beforeAll(async () => {
    await indexInto({ kind: 'sqlite', file });
    const store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 8 });
    right = await answersOf(store);
    await store.close();
    expect(right.flatMap(({ errors = [] }) => errors.map(({ message }) => message))).toEqual([]);
    bytes = new Uint8Array(readFileSync(file));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  async function ask(change: (copy: Uint8Array) => void, what: string): Promise<number> {
    for (const end of ['', '-wal', '-shm']) rmSync(damaged + end, { force: true });
    const copy = bytes.slice();
    change(copy);
    writeFileSync(damaged, copy);
    return wrongAnswers({ kind: 'sqlite', file: damaged }, right, what);
  }

  it('with one flipped bit gives right answers, or says that it is damaged', async () => {
    const below = numbers(2_026);
    const wrong: string[] = [];
    for (let flip = 0; flip < FLIPS; flip++) {
      const bit = below(8 * bytes.length);
      const what = `bit ${bit & 7} of byte ${bit >>> 3}`;
      const count = await ask((copy) => {
        copy[bit >>> 3]! ^= 1 << (bit & 7);
      }, what);
      if (count > 0) wrong.push(what);
    }
    // Only verify-store finds a posting that is gone from its list; most bits are not in a key.
    expect(wrong.length).toBeLessThan(FLIPS / 4);
  }, 600_000);

  it('with a page that is zero, or cut off, gives right answers, or says that it is damaged', async () => {
    const below = numbers(1_984);
    const pages = bytes.length / PAGE_BYTES;
    for (let i = 0; i < PAGES; i++) {
      const page = below(pages);
      const what = i % 2 === 0 ? `page ${page} is zero` : `all is zero from page ${page} on`;
      await ask((copy) => copy.fill(0, page * PAGE_BYTES, i % 2 === 0 ? (page + 1) * PAGE_BYTES : copy.length), what);
    }
    for (const kept of [1, 2, 3]) {
      for (const end of ['', '-wal', '-shm']) rmSync(damaged + end, { force: true });
      copyFileSync(file, damaged);
      truncateSync(damaged, bytes.length - kept * PAGE_BYTES);
      await wrongAnswers({ kind: 'sqlite', file: damaged }, right, `${kept} pages are cut off`);
    }
  }, 600_000);
});

describeWith('mongodb')('a damaged MongoDB database', ({ mongodbUri }) => {
  const database = temporaryDatabase(mongodbUri);
  const location = { kind: 'mongodb', uri: database.uri } as const;
  afterAll(() => database.drop());

  it('with deleted documents, or fields of another type, says so if it notices', async () => {
    await indexInto(location);
    const store = await openStore(location, { cacheMiB: 8 });
    const right = await answersOf(store);
    const rows: { table: Table; key: Uint8Array }[] = [];
    for (const table of ['blocks', 'totals', 'transactions'] as const) {
      for (const { key } of await allRows(store, table, TABLES[table])) rows.push({ table, key });
    }
    const pages = await runPages(store);
    await store.close();
    expect(new Set(pages.map(({ kind }) => kind))).toEqual(new Set(['rows', 'keys', 'filter']));
    const vandal = vandalOf(location);
    const below = numbers(7);
    for (let i = 0; i < 12; i++) {
      const { table, key } = rows[below(rows.length)]!;
      if (i % 2 === 0) await vandal.remove(table, key);
      else await vandal.retype(table, key);
      expect(await wrongAnswers(location, right, `${i} ${table}`)).toBe(0);
    }
    for (const kind of ['filter', 'keys', 'rows'] as const) {
      for (const [i, { key }] of pages
        .filter((page) => page.kind === kind)
        .slice(0, 4)
        .entries()) {
        if (i % 2 === 0) await vandal.remove('runPages', key);
        else await vandal.retype('runPages', key);
        expect(await wrongAnswers(location, right, `page ${i} of ${kind}`)).toBe(0);
      }
    }
    await vandal.close();
  }, 600_000);
});
