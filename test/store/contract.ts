import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkById } from '../../src/chain/networks.ts';
import { packRows, RowPacker } from '../../src/store/packed-rows.ts';
import {
  decodePosition,
  encodePosition,
  heightRange,
  MAX_FORK,
  MAX_INDEX,
  pieceKey,
} from '../../src/store/position.ts';
import { POSTING_KINDS, type PostingKind, postingKey, postingPrefix, postingRange } from '../../src/store/postings.ts';
import { type ChainState, decodeState, encodeState, initialState } from '../../src/store/state.ts';
import type { Batch, ChainStore, PackedRows, Row, Table } from '../../src/store/store.ts';
import { addTransaction, readTransactions } from '../../src/store/transactions.ts';
import { ChainWriter, type WriterOptions } from '../../src/store/writer.ts';
import { boundStore } from '../support/altered-store.ts';
import { dataTransaction } from '../support/transactions.ts';

/** Opens the same store, any number of times. It is empty before each test. */
export interface StoreFixture {
  open(): Promise<ChainStore>;
  destroy(): Promise<void>;
}

const EMPTY = new Uint8Array(0);
const OPTIONS: WriterOptions = { network: 'btc-regtest', start: 0, holder: 'one', leaseMs: 60_000 };

function batch(table: Table, ...rows: Row[]): Batch {
  return new Map([[table, packRows(rows)]]);
}

function at(height: number, fork = 0, index = 0): Uint8Array {
  return encodePosition({ height, fork, index });
}

function row(key: Uint8Array, text = ''): Row {
  return { key, value: new TextEncoder().encode(text) };
}

function texts(rows: readonly Row[]): string[] {
  return rows.map(({ value }) => new TextDecoder().decode(value));
}

function heightsOf(rows: readonly Row[]): number[] {
  return rows.map(({ key }) => decodePosition(key).height);
}

/** The requirements of every store, whichever database holds it. */
export function describeStore(name: string, fixture: () => Promise<StoreFixture>): void {
  describe(name, () => {
    let stores: StoreFixture;
    let store: ChainStore;

    beforeEach(async () => {
      stores = await fixture();
      store = await stores.open();
    });

    afterEach(async () => {
      await store.close();
      await stores.destroy();
    });

    describe('rows', () => {
      it('are read by key, in the requested order, with null for missing ones', async () => {
        await store.write(batch('transactions', row(at(1), 'a'), row(at(2), 'b')));
        const values = await store.get('transactions', [at(2), at(3), at(1), at(2)]);
        expect(values.map((value) => (value === null ? null : new TextDecoder().decode(value)))).toEqual([
          'b',
          null,
          'a',
          'b',
        ]);
        expect(await store.get('transactions', [])).toEqual([]);
      });

      it('stay unchanged when their key is written again, also among new ones', async () => {
        await store.write(batch('blocks', row(at(1).subarray(0, 4), 'first')));
        await store.write(batch('blocks', row(at(1).subarray(0, 4), 'second'), row(at(2).subarray(0, 4), 'new')));
        const values = await store.get('blocks', [at(1).subarray(0, 4), at(2).subarray(0, 4)]);
        expect(values.map((value) => new TextDecoder().decode(value!))).toEqual(['first', 'new']);
      });

      it('keep an empty value apart from a missing row', async () => {
        await store.write(batch('pages', { key: at(7), value: EMPTY }));
        expect(await store.get('pages', [at(7), at(8)])).toEqual([EMPTY, null]);
      });

      it('hold any byte, and views of larger buffers', async () => {
        const buffer = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
        await store.write(
          batch('payloads', { key: pieceKey(at(0xff_ffff, MAX_FORK, MAX_INDEX), 1), value: buffer.subarray(7, 290) }),
        );
        const [value] = await store.get('payloads', [pieceKey(at(0xff_ffff, MAX_FORK, MAX_INDEX), 1)]);
        expect(Array.from(value!)).toEqual(Array.from(buffer.subarray(7, 290)));
      });

      it('are written by the thousand', async () => {
        const rows = Array.from({ length: 12_000 }, (_, i) => row(at(i >> 8, 0, i), String(i)));
        await store.write(batch('transactions', ...rows));
        const values = await store.get(
          'transactions',
          rows.map(({ key }) => key),
        );
        expect(values.every((value, i) => new TextDecoder().decode(value!) === String(i))).toBe(true);
      });
    });

    describe('scans', () => {
      const heights = [0, 1, 2, 255, 256, 65_536, 8_388_607];

      beforeEach(async () => {
        await store.write(batch('transactions', ...heights.map((height) => row(at(height), String(height))).reverse()));
      });

      it('return rows in key order, both bounds included', async () => {
        const [page] = await store.scan('transactions', [heightRange(1, 65_536)], { limit: 100 });
        expect(texts(page!.rows)).toEqual(['1', '2', '255', '256', '65536']);
        expect(page!.more).toBe(false);
        expect(page!.rows.map(({ key }) => Array.from(key))).toEqual(
          [1, 2, 255, 256, 65_536].map((h) => Array.from(at(h))),
        );
      });

      it('go downwards when asked', async () => {
        const [page] = await store.scan('transactions', [heightRange(0, 0xff_ffff >> 1)], { limit: 3, reverse: true });
        expect(texts(page!.rows)).toEqual(['8388607', '65536', '256']);
        expect(page!.more).toBe(true);
      });

      it('say whether there are more, also when a page ends just at the last row', async () => {
        const [seven] = await store.scan('transactions', [heightRange(0, 8_388_607)], { limit: 7 });
        const [six] = await store.scan('transactions', [heightRange(0, 8_388_607)], { limit: 6 });
        expect([seven!.more, six!.more]).toEqual([false, true]);
      });

      it('take several ranges, with the limit for each', async () => {
        const pages = await store.scan('transactions', [heightRange(256, 256), heightRange(3, 9), heightRange(0, 2)], {
          limit: 2,
        });
        expect(pages.map(({ rows }) => texts(rows))).toEqual([['256'], [], ['0', '1']]);
        expect(pages.map(({ more }) => more)).toEqual([false, false, true]);
      });

      it('end a page early rather than gather large rows without bound, but return at least one', async () => {
        const large = new Uint8Array(7 * 1024 * 1024);
        for (let i = 0; i < 4; i++) await store.write(batch('payloads', { key: pieceKey(at(5), i), value: large }));
        const range = { min: pieceKey(at(5), 0), max: pieceKey(at(5), 9) };
        const [page] = await store.scan('payloads', [range], { limit: 10 });
        expect(page!.rows.length).toBe(2);
        expect(page!.more).toBe(true);
      });
    });

    describe('reads of several tables', () => {
      it('find the rows of each, in the requested order', async () => {
        await store.write(batch('transactions', ...[1, 2, 3, 4].map((height) => row(at(height), `tx ${height}`))));
        await store.write(batch('blocks', row(at(1).subarray(0, 4), 'block 1')));
        await store.write(batch('pending', row(at(2), 'pending 2'), row(at(3), 'pending 3')));
        const { found } = await store.read([
          { table: 'pending', keys: [at(3), at(9), at(2)], ranges: [], limit: 0, reverse: false },
          { table: 'departures', keys: [new Uint8Array(11)], ranges: [], limit: 0, reverse: false },
          { table: 'transactions', keys: [at(4)], ranges: [heightRange(1, 2)], limit: 2, reverse: true },
          {
            table: 'transactions',
            keys: [],
            ranges: [heightRange(2, 4), heightRange(2, 2)],
            limit: 2,
            reverse: false,
          },
          { table: 'blocks', keys: [at(1).subarray(0, 4)], ranges: [], limit: 0, reverse: false },
        ]);
        const shown = found.map(({ values, pages }) => [
          values.map((value) => value && new TextDecoder().decode(value)),
          pages.map(({ rows, more }) => [...texts(rows), more]),
        ]);
        expect(shown).toEqual([
          [['pending 3', null, 'pending 2'], []],
          [[null], []],
          [['tx 4'], [['tx 2', 'tx 1', false]]],
          [
            [],
            [
              ['tx 2', 'tx 3', true],
              ['tx 2', false],
            ],
          ],
          [['block 1'], []],
        ]);
      });

      it('return a state read after all rows that they find', async () => {
        const lookUp = { table: 'blocks' as const, keys: [at(1).subarray(0, 4)], ranges: [], limit: 0, reverse: false };
        expect(await store.read([lookUp], { withState: true })).toMatchObject({ state: null });
        await store.compareAndSetState(0, Uint8Array.of(1, 2));
        expect(await store.read([lookUp, lookUp], { withState: true })).toEqual({
          found: [
            { values: [null], pages: [] },
            { values: [null], pages: [] },
          ],
          state: { revision: 1, value: Uint8Array.of(1, 2) },
        });
        expect((await store.read([], { withState: true })).state).toEqual(await store.readState());
        expect((await store.read([lookUp])).state).toBeNull();
      });

      it('may be any number, and continue after a page that large rows have ended', async () => {
        const large = { key: at(1), value: new Uint8Array(10_000_000) };
        await store.write(batch('payloads', ...[0, 1].map((piece) => ({ ...large, key: pieceKey(at(1), piece) }))));
        const rows = Array.from({ length: 700 }, (_, index) => row(at(2, 0, index), String(index)));
        await store.write(batch('transactions', ...rows));
        const pieces = [{ min: pieceKey(at(1), 0), max: pieceKey(at(1), 9) }];
        const ranges = rows.map(({ key }) => ({ min: key, max: key }));
        const { found } = await store.read([
          { table: 'transactions', keys: [], ranges, limit: 5, reverse: false },
          { table: 'payloads', keys: [], ranges: pieces, limit: 5, reverse: false },
          { table: 'transactions', keys: rows.map(({ key }) => key), ranges, limit: 5, reverse: true },
        ]);
        const [before, ended, behind] = found;
        const all = rows.map((_, index) => [String(index)]);
        expect(before!.pages.map((page) => texts(page.rows))).toEqual(all);
        expect(ended!.pages.map((page) => [page.rows.length, page.more])).toEqual([[1, true]]);
        expect(behind!.pages.map((page) => texts(page.rows))).toEqual(all);
        expect(behind!.values.map((value) => new TextDecoder().decode(value!))).toEqual(all.flat());
      });
    });

    describe('postings', () => {
      it('of each kind have keys of one length and are found by kind and key alone, in chain order', async () => {
        const kinds = Object.keys(POSTING_KINDS) as PostingKind[];
        const rows = kinds.flatMap((kind) =>
          [3, 1, 2].map((height) =>
            row(postingKey(postingPrefix(kind, Uint8Array.of(9, 9)), at(height)), `${kind} ${height}`),
          ),
        );
        const other = kinds.map((kind) => row(postingKey(postingPrefix(kind, Uint8Array.of(9, 8)), at(1)), 'other'));
        await store.write(batch('postings', ...rows, ...other));
        for (const kind of kinds) {
          const [page] = await store.scan('postings', [postingRange(postingPrefix(kind, Uint8Array.of(9, 9)))], {
            limit: 9,
          });
          expect(texts(page!.rows)).toEqual([`${kind} 1`, `${kind} 2`, `${kind} 3`]);
          expect(new Set(page!.rows.map(({ key }) => key.length)).size).toBe(1);
        }
      });
    });

    describe('postings of many writes', () => {
      const BATCHES = 40;
      const KEYS = 700;
      const prefix = postingPrefix('lock', Uint8Array.of(1));

      /** In random order, and every second one again in another batch. */
      function numbersOf(i: number): number[] {
        return Array.from({ length: 30 }, (_, j) => (i * 389 + j * 97 - (i % 2) * 389) % KEYS);
      }

      it('are one ordered list, each once, to be read in pages from both ends', async () => {
        const expected = new Set<number>();
        for (let i = 0; i < BATCHES; i++) {
          const numbers = [...new Set(numbersOf(i))];
          await store.write(batch('postings', ...numbers.map((height) => row(postingKey(prefix, at(height))))));
          for (const number of numbers) expected.add(number);
          const [page] = await store.scan('postings', [postingRange(prefix)], { limit: KEYS });
          expect(heightsOf(page!.rows)).toEqual([...expected].sort((a, b) => a - b));
        }
        const heights = [...expected].sort((a, b) => a - b);
        expect(await paged(store, prefix, false)).toEqual(heights);
        expect(await paged(store, prefix, true)).toEqual(heights.toReversed());
        const found = await store.get(
          'postings',
          [...heights, KEYS].map((height) => postingKey(prefix, at(height))),
        );
        expect(found).toEqual([...heights.map(() => EMPTY), null]);
      });

      async function paged(from: ChainStore, prefix: Uint8Array, reverse: boolean): Promise<number[]> {
        const heights: number[] = [];
        let positions = heightRange(0, KEYS);
        for (;;) {
          const [page] = await from.scan('postings', [postingRange(prefix, positions)], { limit: 7, reverse });
          heights.push(...heightsOf(page!.rows));
          if (!page!.more) return heights;
          expect(page!.rows).toHaveLength(7);
          positions = reverse ? heightRange(0, heights.at(-1)! - 1) : heightRange(heights.at(-1)! + 1, KEYS);
        }
      }
    });

    describe('large transactions', () => {
      it('are kept in pieces and read back whole', async () => {
        const network = networkById('bsv-regtest');
        const transaction = dataTransaction(
          Uint8Array.from({ length: 9_000_000 }, (_, i) => (i * 7) & 0xff),
          network,
        );
        const tables = { transactions: new RowPacker(), payloads: new RowPacker() };
        addTransaction(at(4), { transaction, spent: [{ value: 5, script: Uint8Array.of(0x51) }] }, tables);
        const payloads = tables.payloads.finish();
        expect(payloads.order.length).toBe(3);
        await store.write(
          new Map<Table, PackedRows>([
            ['transactions', tables.transactions.finish()],
            ['payloads', payloads],
          ]),
        );
        const [value] = await store.get('transactions', [at(4)]);
        const [record] = await readTransactions(store, [{ key: at(4), value: value! }], network);
        expect(Buffer.compare(record!.transaction.bytes, transaction.bytes)).toBe(0);
        expect(record!.spent).toEqual([
          { value: 5, script: Uint8Array.of(0x51), lockingScript: Uint8Array.of(0x51), token: null },
        ]);
      });
    });

    describe('the state record', () => {
      it('is null at first, then changes only for a writer that knows its revision', async () => {
        expect(await store.readState()).toBeNull();
        expect(await store.compareAndSetState(0, Uint8Array.of(1))).toBe(true);
        expect(await store.compareAndSetState(0, Uint8Array.of(2))).toBe(false);
        expect(await store.compareAndSetState(1, Uint8Array.of(3))).toBe(true);
        expect(await store.compareAndSetState(1, Uint8Array.of(4))).toBe(false);
        expect(await store.readState()).toEqual({ revision: 2, value: Uint8Array.of(3) });
      });

      it('is changed by exactly one of many that try at once', async () => {
        const other = await stores.open();
        await store.compareAndSetState(0, Uint8Array.of(0));
        const tries = Array.from({ length: 20 }, (_, i) =>
          [store, other][i % 2]!.compareAndSetState(1, Uint8Array.of(i)),
        );
        expect((await Promise.all(tries)).filter((won) => won)).toHaveLength(1);
        await other.close();
      });

      it('outlives the connection', async () => {
        await store.compareAndSetState(0, Uint8Array.of(7));
        await store.write(batch('transactions', row(at(1), 'kept')));
        await store.close();
        store = await stores.open();
        expect((await store.readState())?.value).toEqual(Uint8Array.of(7));
        expect(texts((await store.scan('transactions', [heightRange(0, 9)], { limit: 1 }))[0]!.rows)).toEqual(['kept']);
      });
    });

    describe('the writer', () => {
      const tip = { height: 5, hash: '00'.repeat(32) };

      async function stored(): Promise<ChainState> {
        return decodeState((await store.readState())!.value);
      }

      it('takes a new epoch, and a commit moves tip, forks and coverage together', async () => {
        const writer = await ChainWriter.acquire(store, OPTIONS);
        await writer.commit({ tip, forks: { 3: 1 }, coverage: [[0, 5]] });
        expect(await stored()).toMatchObject({ epoch: 1, commit: 1, tip, forks: { 3: 1 }, coverage: [[0, 5]] });
        await writer.release();
        const next = await ChainWriter.acquire(store, { ...OPTIONS, holder: 'two' });
        expect(next.state).toMatchObject({ epoch: 2, commit: 0, tip });
      });

      it('gives an index a mark, once, even if it was begun before marks existed', async () => {
        const markOf = async (state: object | null) => {
          const revision = (await store.readState())?.revision ?? 0;
          if (state !== null) await store.compareAndSetState(revision, encodeState(state as ChainState));
          const writer = await ChainWriter.acquire(store, OPTIONS);
          await writer.release();
          return (await stored()).mark;
        };
        const first = await markOf(null);
        expect(first).toBeGreaterThan(0);
        expect(await markOf(null)).toBe(first);
        const { mark, ...unmarked } = await stored();
        const given = await markOf(unmarked);
        expect([0, mark]).not.toContain(given);
        expect(await markOf(null)).toBe(given);
      });

      it('is the only one while its lease runs, and says for how long', async () => {
        await ChainWriter.acquire(store, OPTIONS);
        await expect(ChainWriter.acquire(store, { ...OPTIONS, holder: 'two' })).rejects.toMatchObject({
          code: 'STORE_BUSY',
          message: expect.stringMatching(/one has reserved this database for another \d+ s/),
        });
      });

      it('is replaced when its lease has run out, or its holder is known to be gone', async () => {
        await ChainWriter.acquire(store, { ...OPTIONS, leaseMs: -1 });
        await ChainWriter.acquire(store, { ...OPTIONS, holder: 'two' });
        await ChainWriter.acquire(store, { ...OPTIONS, holder: 'three', isGone: (holder) => holder === 'two' });
        expect(await stored()).toMatchObject({ epoch: 3, lease: { holder: 'three' } });
      });

      it('is replaced within its lease if the clock was set back', async () => {
        const whenIs = (ms: number) => ({ ...boundStore(store), now: async () => (await store.now()) + ms });
        await ChainWriter.acquire(whenIs(86_400_000), OPTIONS);
        await ChainWriter.acquire(store, { ...OPTIONS, holder: 'two' });
        expect(await stored()).toMatchObject({ epoch: 2, lease: { holder: 'two' } });
        const little = whenIs(-OPTIONS.leaseMs / 2);
        const busy = { code: 'STORE_BUSY' };
        await expect(ChainWriter.acquire(little, { ...OPTIONS, holder: 'three' })).rejects.toMatchObject(busy);
      });

      it('can change nothing that anyone sees once it is replaced', async () => {
        const paused = await ChainWriter.acquire(store, { ...OPTIONS, leaseMs: -1 });
        const other = await stores.open();
        const successor = await ChainWriter.acquire(other, { ...OPTIONS, holder: 'two' });
        await successor.commit({ tip, forks: {}, coverage: [[0, 5]] });
        await expect(
          paused.commit({ tip: { ...tip, height: 9 }, forks: {}, coverage: [[0, 9]] }),
        ).rejects.toMatchObject({ code: 'LEASE_LOST' });
        expect((await stored()).tip).toEqual(tip);
        await other.close();
      });

      it('recognises a change of its own whose acknowledgement was lost', async () => {
        const deaf = { ...boundStore(store), compareAndSetState: lostOnce(store) };
        const writer = await ChainWriter.acquire(deaf, OPTIONS);
        deaf.compareAndSetState.lose();
        await expect(writer.commit({ tip, forks: {}, coverage: [[0, 5]] })).rejects.toThrow('lost');
        await writer.commit({ tip: { ...tip, height: 6 }, forks: {}, coverage: [[0, 6]] });
        expect((await stored()).tip?.height).toBe(6);
      });

      it('lets the first height be chosen again until something is committed', async () => {
        await (await ChainWriter.acquire(store, OPTIONS)).release();
        const writer = await ChainWriter.acquire(store, { ...OPTIONS, start: 3 });
        await writer.commit({ tip, forks: {}, coverage: [[3, 5]] });
        await writer.release();
        expect((await ChainWriter.acquire(store, { ...OPTIONS, start: 4 })).state.start).toBe(3);
      });

      it('refuses a database of another network and says what to do', async () => {
        await (await ChainWriter.acquire(store, OPTIONS)).release();
        await expect(ChainWriter.acquire(store, { ...OPTIONS, network: 'bch-mainnet' })).rejects.toMatchObject({
          code: 'STORE_WRONG_NETWORK',
          message: expect.stringMatching(/has the index of btc-regtest, not of bch-mainnet: give another --store/),
        });
      });

      it('refuses a newer format, whatever else it holds', async () => {
        await store.compareAndSetState(0, encodeState({ ...initialState('btc-regtest', 0), format: 6 as never }));
        await expect(ChainWriter.acquire(store, OPTIONS)).rejects.toMatchObject({
          code: 'STORE_NEWER_FORMAT',
          message: expect.stringMatching(/format 6, but this BitQL reads format 5: update BitQL/),
        });
      });

      it('refuses an older format, and says what to do', async () => {
        const text = JSON.stringify({ ...initialState('btc-regtest', 0), format: 1 });
        await store.compareAndSetState(0, new TextEncoder().encode(text));
        await store.write(batch('blocks', row(at(1).subarray(0, 4), 'x')));
        await expect(ChainWriter.acquire(store, OPTIONS)).rejects.toMatchObject({
          code: 'STORE_OLDER_FORMAT',
          message: expect.stringMatching(/format 1, but this BitQL reads format 5: index into another database/),
        });
      });

      it('notices any flipped bit of the state', async () => {
        const bytes = encodeState(initialState('btc-regtest', 0));
        for (let bit = 0; bit < 8 * bytes.length; bit++) {
          const damaged = bytes.slice();
          damaged[bit >>> 3]! ^= 1 << (bit & 7);
          expect(() => decodeState(damaged)).toThrowError(expect.objectContaining({ code: 'STORE_DAMAGED' }));
        }
      });

      it('refuses blocks without a state, and a malformed state', async () => {
        await store.write(batch('blocks', row(at(1).subarray(0, 4), 'x')));
        await expect(ChainWriter.acquire(store, OPTIONS)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
        await store.compareAndSetState(0, Uint8Array.of(1, 2, 3));
        await expect(ChainWriter.acquire(store, OPTIONS)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
      });
    });

    it('has a clock', async () => {
      expect(Math.abs((await store.now()) - Date.now())).toBeLessThan(60_000);
    });

    it('refuses calls once it is closed', async () => {
      const other = await stores.open();
      await Promise.all([other.close(), other.close()]);
      await other.close();
      await expect(other.readState()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });
  });
}

/** Makes the change but, after a switch, reports a failure, as if a connection broke in between. */
function lostOnce(store: ChainStore): ChainStore['compareAndSetState'] & { lose(): void } {
  let lose = false;
  const compareAndSet = async (revision: number, value: Uint8Array) => {
    const won = await store.compareAndSetState(revision, value);
    if (!lose) return won;
    lose = false;
    throw new Error('lost');
  };
  return Object.assign(compareAndSet, {
    lose() {
      lose = true;
    },
  });
}
