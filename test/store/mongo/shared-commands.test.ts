import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareBytes } from '../../../src/chain/bytes.ts';
import { SharedCommands } from '../../../src/store/mongo/shared-commands.ts';
import { packRows } from '../../../src/store/packed-rows.ts';
import { encodePosition } from '../../../src/store/position.ts';
import type { JointReadOptions, LookUp, ReadResult, Table } from '../../../src/store/store.ts';
import { Random } from '../../chain/random.ts';
import { amount } from '../../support/amount.ts';
import { MemoryDatabase } from '../../support/memory-rows.ts';

const RUNS = amount({ usual: 200, long: 5_000 });
const TABLES = ['transactionPages', 'runPages', 'pending', 'events'] as const;
const PLACES = 12;

function keyOf(place: number): Uint8Array {
  return encodePosition({ height: place, fork: 0, index: 0 });
}

const place = fc.nat({ max: PLACES });
const lookUp = fc
  .record({
    table: fc.constantFrom<Table>(...TABLES),
    keys: fc.array(place, { maxLength: 4 }),
    ranges: fc.array(fc.tuple(place, place), { maxLength: 2 }),
    limit: fc.integer({ min: 1, max: 5 }),
    reverse: fc.boolean(),
  })
  .map(
    ({ keys, ranges, ...rest }): LookUp => ({
      ...rest,
      keys: keys.map(keyOf),
      ranges: ranges.map((range) => {
        const [min, max] = range.map(keyOf).sort(compareBytes) as [Uint8Array, Uint8Array];
        return { min, max };
      }),
    }),
  );
const read = fc.record({ lookUps: fc.array(lookUp, { maxLength: 3 }), withState: fc.boolean() });

async function filled(seed: number) {
  const { database } = new MemoryDatabase(new Random(seed)).openUnchecked();
  const rows = packRows([1, 3, 4, 7, 8, 11].map((one) => ({ key: keyOf(one), value: Uint8Array.of(one) })));
  await database.write(new Map(TABLES.map((table) => [table, rows])));
  await database.compareAndSetState(0, Uint8Array.of(1));
  return database;
}

it(`find for each of many what it finds alone, with fewer commands, in ${RUNS} random cases`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(read, { minLength: 1, maxLength: 40 }), async (seed, reads) => {
      const database = await filled(seed);
      const expected: ReadResult[] = [];
      for (const { lookUps, withState } of reads) expected.push(await database.read(lookUps, { withState }));
      let commands = 0;
      const joined = new SharedCommands((lookUps, options) => {
        commands += 1;
        return database.read(lookUps, options);
      });
      const found = await Promise.all(reads.map(({ lookUps, withState }) => joined.read(lookUps, { withState })));
      expect(found).toEqual(expected);
      expect(commands).toBeLessThanOrEqual(4);
    }),
    { numRuns: RUNS },
  );
});

/** Commands that end when the test says so. */
function held() {
  const commands: { lookUps: readonly LookUp[]; options: JointReadOptions; end: PromiseWithResolvers<ReadResult> }[] =
    [];
  const joined = new SharedCommands((lookUps, options) => {
    const end = Promise.withResolvers<ReadResult>();
    commands.push({ lookUps, options, end });
    return end.promise;
  });
  const answer = (number: number) => {
    const { lookUps, end } = commands[number]!;
    end.resolve({ found: lookUps.map(({ keys }) => ({ values: keys.map((key) => key), pages: [] })), state: null });
  };
  return { joined, commands, answer };
}

function rowsOf(table: Table, ...places: number[]): LookUp {
  return { table, keys: places.map(keyOf), ranges: [], limit: 0, reverse: false };
}

function rangeIn(table: Table, limit: number): LookUp {
  return { table, keys: [], ranges: [{ min: keyOf(0), max: keyOf(PLACES) }], limit, reverse: false };
}

it('look up a key that several want once, and what changes in the order in which it was asked for', async () => {
  const { joined, commands, answer } = held();
  const first = [1, 2].map((one) => joined.read([rowsOf('blocks', one)], {}));
  const later = [
    joined.read([rangeIn('pendingPostings', 5), rowsOf('blocks', 3, 4), rangeIn('departedPostings', 5)], {
      timeoutMs: 10,
    }),
    joined.read([rowsOf('blocks', 4, 5)], { timeoutMs: 500, withState: true }),
  ];
  expect(commands.map(({ lookUps }) => lookUps)).toEqual([[rowsOf('blocks', 1)], [rowsOf('blocks', 2)]]);
  answer(0);
  await first[0];
  await turn();
  expect(commands[2]).toMatchObject({
    lookUps: [rangeIn('pendingPostings', 5), rangeIn('departedPostings', 5), rowsOf('blocks', 3, 4, 5)],
    options: { timeoutMs: 500, withState: true },
  });
  answer(2);
  const [one, other] = await Promise.all(later);
  expect(one!.found[1]!.values).toEqual([keyOf(3), keyOf(4)]);
  expect(other!.found[0]!.values).toEqual([keyOf(4), keyOf(5)]);
});

it('go together up to a size', async () => {
  const { joined, commands, answer } = held();
  for (const one of [1, 2]) void joined.read([rowsOf('blocks', one)], {});
  const thirty = Array.from({ length: 30 }, (_, i) => i);
  for (let n = 0; n < 5; n++) void joined.read([rowsOf('pending', ...thirty)], {});
  answer(0);
  await turn();
  expect(commands.map(({ lookUps }) => lookUps.length)).toEqual([1, 1, 4]);
});

it('neither wait for a large read, nor make it wait', async () => {
  const { joined, commands } = held();
  for (const one of [1, 2, 3]) void joined.read([rowsOf('blocks', one)], {});
  void joined.read([rangeIn('events', 1_000)], {});
  void joined.read([rowsOf('blocks', ...Array.from({ length: 100 }, (_, i) => i))], {});
  void joined.read([rowsOf('payloads', 1)], {});
  expect(commands.length).toBe(5);
});

it('fail together, and one that is given up fails alone and at once', async () => {
  const { joined, commands, answer } = held();
  const busy = [1, 2].map((one) => joined.read([rowsOf('blocks', one)], {}));
  const givenUp = new AbortController();
  const waiting = [3, 4, 5].map((one) =>
    joined.read([rowsOf('blocks', one)], one === 3 ? { signal: givenUp.signal } : {}),
  );
  const outcomes = Promise.allSettled(waiting);
  givenUp.abort(new Error('too late'));
  await expect(waiting[0]).rejects.toThrow('too late');
  answer(0);
  answer(1);
  await Promise.all(busy);
  await turn();
  expect(commands[2]!.lookUps).toEqual([rowsOf('blocks', 4, 5)]);
  commands[2]!.end.reject(new Error('no answer'));
  expect((await outcomes).map((one) => one.status === 'rejected' && one.reason.message)).toEqual([
    'too late',
    'no answer',
    'no answer',
  ]);
  const after = joined.read([rowsOf('blocks', 6)], {});
  answer(3);
  expect((await after).found[0]!.values).toEqual([keyOf(6)]);
});
