import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareBytes, toHex } from '../../../src/chain/bytes.ts';
import { PagedTransactions } from '../../../src/store/mongo/paged-transactions.ts';
import { ROWS_OF_PAGE } from '../../../src/store/mongo/transaction-page.ts';
import { packRows } from '../../../src/store/packed-rows.ts';
import { encodePosition } from '../../../src/store/position.ts';
import { salvage, scanPages } from '../../../src/store/scan-pages.ts';
import type { KeyRange, Row, RowStore } from '../../../src/store/store.ts';
import { Random } from '../../chain/random.ts';
import { amount } from '../../support/amount.ts';
import { MemoryDatabase } from '../../support/memory-rows.ts';

const RUNS = amount({ usual: 300, long: 5_000 });
/** Two blocks of some pages each. */
const PLACES = 80;

/** The row of one of the transactions. A key determines its row. */
function rowOf(place: number, text = 'first'): Row {
  const key = encodePosition({ height: 7, fork: place < PLACES / 2 ? 0 : 1, index: place % (PLACES / 2) });
  return { key, value: new TextEncoder().encode(`${text} ${place}`.repeat(1 + (place % 3))) };
}

function shown(rows: readonly Row[]): string[] {
  return rows.map(({ key, value }) => `${toHex(key)} ${toHex(value)}`);
}

const EVERYTHING: KeyRange = { min: rowOf(0).key, max: encodePosition({ height: 8, fork: 0, index: 0 }) };

async function all(store: RowStore, limit = 1_000): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of scanPages(store, 'transactions', EVERYTHING, limit)) rows.push(...page.rows);
  return rows;
}

const place = fc.nat({ max: PLACES - 1 });
const part = fc.tuple(place, place).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

function rowsOfPart([from, to]: readonly [number, number], text?: string): Row[] {
  return Array.from({ length: to - from + 1 }, (_, i) => rowOf(from + i, text));
}

function batchOf(rows: readonly Row[]) {
  return new Map([['transactions', packRows(rows)] as const]);
}

it(`gives each row that any of several writers wrote, in ${RUNS} random lives`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(part, { maxLength: 12 }), async (seed, parts) => {
      const memory = new MemoryDatabase(new Random(seed));
      const writers = Array.from({ length: 3 }, () => new PagedTransactions(memory.openUnchecked().database));
      // One of them reads while they write: what it has seen must stay.
      const seen = new Set<string>();
      await Promise.all([
        ...parts.map((rows, i) => writers[i % 3]!.write(batchOf(rowsOfPart(rows)))),
        (async () => {
          for (const _ of parts) {
            const now = new Set(shown(await all(writers[0]!, 5)));
            expect([...seen].filter((row) => !now.has(row))).toEqual([]);
            for (const row of now) seen.add(row);
          }
        })(),
      ]);
      const written = new Set(parts.flatMap(([from, to]) => rowsOfPart([from, to]).map(({ key }) => toHex(key))));
      const expected = rowsOfPart([0, PLACES - 1]).filter(({ key }) => written.has(toHex(key)));
      expect(shown(await all(writers[1]!, 3))).toEqual(shown(expected));
    }),
    { numRuns: RUNS },
  );
});

const change = fc.record({ how: fc.constantFrom('write', 'write', 'replace', 'remove'), part } as const);
const question = fc.record({ range: part, limit: fc.integer({ min: 1, max: PLACES + 3 }), reverse: fc.boolean() });

it(`reads as from a database of rows, in ${RUNS} random lives`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(change, { maxLength: 8 }),
      fc.array(question),
      async (seed, changes, questions) => {
        const store = new PagedTransactions(new MemoryDatabase(new Random(seed)).openUnchecked().database);
        const model = new Map<string, Row>();
        for (const [i, { how, part }] of changes.entries()) {
          const rows = rowsOfPart(part, how === 'replace' ? `change ${i}` : undefined);
          if (how === 'remove')
            await store.remove(
              'transactions',
              rows.map(({ key }) => key),
            );
          else await store[how](batchOf(rows));
          for (const row of rows) {
            const name = toHex(row.key);
            if (how === 'remove') model.delete(name);
            else if (how === 'replace' || !model.has(name)) model.set(name, row);
          }
        }
        for (const { range, limit, reverse } of questions) {
          const [min, max] = range.map((one) => rowOf(one).key) as [Uint8Array, Uint8Array];
          const within = [...model.values()]
            .filter(({ key }) => compareBytes(min, key) <= 0 && compareBytes(key, max) <= 0)
            .sort((a, b) => (reverse ? -1 : 1) * compareBytes(a.key, b.key));
          const [page] = await store.scan('transactions', [{ min, max }], { limit, reverse });
          expect(shown(page!.rows)).toEqual(shown(within.slice(0, limit)));
          if (within.length > limit) expect(page!.more).toBe(true);
          const values = await store.get('transactions', [max, min]);
          expect(values).toEqual([max, min].map((key) => model.get(toHex(key))?.value ?? null));
        }
      },
    ),
    { numRuns: RUNS },
  );
});

/** A store with the rows of all places, in which one page is damaged. */
async function damaged(): Promise<{ store: PagedTransactions; page: Uint8Array }> {
  const { database } = new MemoryDatabase(new Random(1)).openUnchecked();
  const store = new PagedTransactions(database);
  await store.write(batchOf(rowsOfPart([0, PLACES - 1])));
  const page = rowOf(16).key;
  const [value] = await database.get('transactionPages', [page]);
  const flipped = Uint8Array.from(value!, (byte, i) => (i === 9 ? byte ^ 4 : byte));
  await database.remove('transactionPages', [page]);
  // What is written has the right checksum, so the damage is what it is of.
  await database.write(new Map([['transactionPages', packRows([{ key: page, value: flipped }])]]));
  return { store, page };
}

it('reports a damaged page by its name, once, and gives all others', async () => {
  const { store, page } = await damaged();
  await expect(store.get('transactions', [rowOf(20).key])).rejects.toMatchObject({
    code: 'STORE_DAMAGED',
    message: expect.stringMatching(/^The record of "transactionPages" for height 7, transaction 16 and the next ones/),
  });
  const reported: string[] = [];
  const rows: Row[] = [];
  const onDamage = (table: string, key: Uint8Array) => void reported.push(`${table} ${toHex(key)}`);
  const onLost = () => expect.unreachable();
  for await (const some of salvage(store, 'transactions', EVERYTHING, { limit: 7, onDamage, onLost }))
    rows.push(...some);
  expect(new Set(reported)).toEqual(new Set([`transactionPages ${toHex(page)}`]));
  const others = rowsOfPart([0, PLACES - 1]).filter((_, i) => i < 16 || i >= 16 + ROWS_OF_PAGE);
  expect(shown(rows)).toEqual(shown(others));
});

it.each([
  ['the page itself', (store: RowStore, page: Uint8Array) => store.remove('transactions', [page]), 0],
  ['new rows', (store: RowStore) => store.replace(batchOf(rowsOfPart([17, 16 + ROWS_OF_PAGE - 1]))), ROWS_OF_PAGE - 1],
  [
    'the same rows again, which changes nothing',
    (store: RowStore) => store.write(batchOf(rowsOfPart([16, 16 + ROWS_OF_PAGE - 1]))),
    null,
  ],
])('mends a damaged page with %s', async (_, mend, count) => {
  const { store, page } = await damaged();
  await mend(store, page);
  const rows = all(store);
  if (count === null) await expect(rows).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  else expect((await rows).length).toBe(PLACES - ROWS_OF_PAGE + count);
});
