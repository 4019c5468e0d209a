import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { networkById } from '../../src/chain/networks.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { everywhere, type Scan } from '../../src/query/regions.ts';
import { type Candidate, Exhausted, ListSource, PostingSource, type Source } from '../../src/query/source.ts';
import { MAX_MEMBERS, Union } from '../../src/query/union.ts';
import { Budget } from '../../src/query/work.ts';
import { comparePositions, decodePosition, encodePosition, neighbour } from '../../src/store/position.ts';
import { lockKey, postingPrefix } from '../../src/store/postings.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { readingStore } from '../support/altered-store.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { KEYS, MadeChain } from '../support/made-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const place = (height: number) => encodePosition({ height, fork: 0, index: 0 });
const heightOf = (position: Uint8Array) => decodePosition(position).height;
const LAST = 60;

/** A source that knows where it is asked, and has a budget of its own. */
class Steps implements Source {
  readonly #places: readonly Uint8Array[];
  readonly #reverse: boolean;
  #left: number;
  asked = 0;

  constructor(heights: readonly number[], reverse: boolean, reads: number) {
    const order = (a: number, b: number) => (reverse ? b - a : a - b);
    this.#places = [...new Set(heights)].sort(order).map(place);
    this.#reverse = reverse;
    this.#left = reads;
  }

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    this.asked += 1;
    if (this.#left-- <= 0) return new Exhausted(position);
    const isBehind = (at: Uint8Array) => comparePositions(at, position) * (this.#reverse ? -1 : 1) >= 0;
    const found = this.#places.find(isBehind);
    return found === undefined ? null : { position: found, record: null };
  }
}

/** What a source has from one end to the other, and where its budget ended. */
async function walk(source: Source, reverse: boolean): Promise<{ heights: number[]; exhaustedAt: Uint8Array | null }> {
  const heights: number[] = [];
  for (let position: Uint8Array | null = place(reverse ? LAST : 0); position !== null; ) {
    const found: Candidate | Exhausted | null = await source.seek(position);
    if (found === null) break;
    if (found instanceof Exhausted) return { heights, exhaustedAt: found.position };
    heights.push(heightOf(found.position));
    position = neighbour(found.position, reverse);
  }
  return { heights, exhaustedAt: null };
}

const membersOf = fc.array(fc.array(fc.integer({ min: 1, max: LAST - 1 }), { maxLength: 12 }), { maxLength: 40 });

/** All of them, each once, in order. */
function together(members: readonly (readonly number[])[], reverse: boolean): number[] {
  const all = [...new Set(members.flat())].sort((a, b) => a - b);
  return reverse ? all.reverse() : all;
}

describe('a union of sources', () => {
  it('has what any of them has, once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(membersOf, fc.boolean(), async (members, reverse) => {
        const sources = members.map((heights) => new Steps(heights, reverse, Number.POSITIVE_INFINITY));
        expect(await walk(new Union(sources, reverse), reverse)).toEqual({
          heights: together(members, reverse),
          exhaustedAt: null,
        });
      }),
    );
  });

  it('goes to the first candidate at or after any later position', async () => {
    const steps = fc.array(fc.nat(LAST), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(membersOf, steps, fc.boolean(), async (members, asked, reverse) => {
        const union = new Union(
          members.map((heights) => new Steps(heights, reverse, Number.POSITIVE_INFINITY)),
          reverse,
        );
        const all = together(members, reverse);
        for (const height of asked.sort((a, b) => (reverse ? b - a : a - b))) {
          const found = (await union.seek(place(height))) as Candidate | null;
          const expected = all.find((other) => (reverse ? other <= height : other >= height)) ?? null;
          expect(found && heightOf(found.position)).toEqual(expected);
        }
      }),
    );
  });

  it('passes over nothing when the budget of one of them ends', async () => {
    const budgets = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(membersOf, budgets, fc.boolean(), async (members, reads, reverse) => {
        const sources = members.map((heights, i) => new Steps(heights, reverse, reads[i]!));
        const { heights, exhaustedAt } = await walk(new Union(sources, reverse), reverse);
        const isBefore = (height: number) => comparePositions(place(height), exhaustedAt!) * (reverse ? -1 : 1) < 0;
        const all = together(members, reverse);
        expect(heights).toEqual(exhaustedAt === null ? all : all.filter(isBefore));
      }),
    );
  });

  it('asks only those that are behind', async () => {
    const sources = [new Steps([1, 2, 3, 4], false, 99), new Steps([5], false, 99), new Steps([9], false, 99)];
    await walk(new Union(sources, false), false);
    expect(sources.map(({ asked }) => asked)).toEqual([5, 2, 2]);
  });

  it('takes the record of a position from the one that has read it', async () => {
    const record = Uint8Array.of(1);
    const known: Source = { seek: async () => ({ position: place(3), record }) };
    for (const sources of [
      [new Steps([3], false, 9), known],
      [known, new Steps([3], false, 9)],
    ]) {
      expect(await new Union(sources, false).seek(place(0))).toEqual({ position: place(3), record });
    }
  });

  it('reads the first pages of a thousand members together', async () => {
    const store = await temporaryStore();
    const { blocks } = new MadeChain(7).mine(40);
    const node = new BlockListNode(networkById('btc-regtest'), 10, blocks);
    await indexQuietly({ store, node, from: 10, cacheBytes: 10_000, once: true });
    try {
      for (const reverse of [false, true]) {
        let calls = 0;
        const read: ReadStore['read'] = (...args) => {
          calls += 1;
          return store.read(...args);
        };
        const { store: coalesced, snapshot } = await ChainReader.open(readingStore(store, { read }));
        const bounds = everywhere(snapshot);
        const scan: Scan = {
          store: coalesced,
          snapshot,
          budget: new Budget(100_000),
          reverse,
          bounds,
          wanted: 0,
          removed: false,
        };
        const sourceOf = (_: unknown, key: number) =>
          new PostingSource(scan, postingPrefix('lock', lockKey(p2pkhScript(key % 256))));
        const sources = Array.from({ length: MAX_MEMBERS - 1 }, sourceOf);
        const known = new ListSource(scan, []);
        calls = 0;
        const found = await new Union([...sources, known], reverse).seek(reverse ? bounds.max : bounds.min);
        expect(found).toMatchObject({ record: null });
        // Blocks and what is pending, 500 ranges a call.
        expect(calls).toBeLessThanOrEqual(4);
        const heights = (await walkFrom(new Union(sources.slice(0, KEYS), reverse), bounds, reverse)).length;
        expect(heights).toBeGreaterThan(40);
      }
    } finally {
      await store.close();
    }
  });
});

async function walkFrom(source: Source, { min, max }: Scan['bounds'], reverse: boolean): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (let position: Uint8Array | null = reverse ? max : min; position !== null; ) {
    const at: Candidate | Exhausted | null = await source.seek(position);
    if (at === null || at instanceof Exhausted) return found;
    found.push(at.position);
    position = neighbour(at.position, reverse);
  }
  return found;
}
