import { compareBytes, mapKey, toHex } from '../../../src/chain/bytes.ts';
import { encodePosition, heightRange } from '../../../src/store/position.ts';
import {
  POSTING_KINDS,
  type PostingKind,
  postingKey,
  postingPrefix,
  postingRange,
  rangeOfKind,
} from '../../../src/store/postings.ts';
import type { KeyRange, Page, Row } from '../../../src/store/store.ts';
import { Random } from '../../chain/random.ts';

/** A posting with the values that it may have: several only after a replacement that is not settled. */
export interface ExpectedPosting {
  readonly key: Uint8Array;
  readonly values: readonly string[];
}

export type Postings = ReadonlyMap<string, ExpectedPosting>;

const KINDS = ['txid', 'lock', 'spend', 'data4', 'block'] as const satisfies readonly PostingKind[];
export const HEIGHTS = 2_000;
/** A few keys, so that many postings share one. */
const KEYS = 24;

/** Which heights a write is of. */
export type Heights = 'all' | { readonly from: number; readonly to: number };

/** Makes keys and ranges that often meet the same postings. */
export class PostingMaker {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  key(heights: Heights = 'all'): Uint8Array {
    const { from, to } = heights === 'all' ? { from: 0, to: HEIGHTS } : heights;
    const position = {
      height: from + this.#random.below(to - from + 1),
      fork: this.#random.below(10) === 0 ? 1 : 0,
      index: this.#random.below(4),
    };
    return postingKey(this.#prefix(), encodePosition(position));
  }

  /** Ranges as queries read them: of one key, of all outputs of a transaction, of a kind, between two keys. */
  range(): KeyRange {
    switch (this.#random.below(5)) {
      case 0:
        return this.#rangeOfOutputs();
      case 1:
        return rangeOfKind(POSTING_KINDS[this.#kind()]);
      case 2:
        return this.#rangeBetweenKeys();
      default: {
        const [from, to] = this.#twoOf(HEIGHTS);
        const isWhole = this.#random.below(2) === 0;
        return postingRange(this.#prefix(), isWhole ? undefined : heightRange(from, to));
      }
    }
  }

  #rangeOfOutputs(): KeyRange {
    const { length } = POSTING_KINDS.spend;
    const name = nameOf(this.#random.below(KEYS));
    const [min, max] = [0, 0xff].map((byte) => {
      const key = new Uint8Array(length).fill(byte);
      key.set(name);
      return key;
    });
    return {
      min: postingKey(postingPrefix('spend', min!), encodePosition({ height: 0, fork: 0, index: 0 })),
      max: postingRange(postingPrefix('spend', max!)).max,
    };
  }

  #rangeBetweenKeys(): KeyRange {
    const kind = this.#kind();
    const [min, max] = [0, 1]
      .map(() => {
        const key = this.#random.bytes(1 + POSTING_KINDS[kind].length + 8);
        key[0] = POSTING_KINDS[kind].tag;
        return key;
      })
      .sort(compareBytes);
    return { min: min!, max: max! };
  }

  #kind(): (typeof KINDS)[number] {
    return KINDS[this.#random.below(KINDS.length)]!;
  }

  /** Every third one is that of the same key. */
  #prefix(): Uint8Array {
    const isHot = this.#random.below(3) === 0;
    const kind = isHot ? 'lock' : this.#kind();
    const key = new Uint8Array(POSTING_KINDS[kind].length);
    key.set(nameOf(isHot ? 0 : this.#random.below(KEYS)).subarray(0, key.length));
    if (kind === 'spend') key[key.length - 1] = this.#random.below(3);
    return postingPrefix(kind, key);
  }

  #twoOf(end: number): [number, number] {
    const [a, b] = [this.#random.below(end), this.#random.below(end)];
    return a < b ? [a, b] : [b, a];
  }
}

/** The first 16 bytes of a key. */
function nameOf(number: number): Uint8Array {
  return new Random(number).bytes(16);
}

/** @param version a replaced posting has a later one than before */
export function versionedValue(key: Uint8Array, version: number): Uint8Array {
  const random = new Random(key.reduce((sum, byte) => Math.imul(sum, 31) + byte, version));
  return random.bytes(random.below(3) === 0 ? 0 : random.below(9));
}

/** A page of a range, as it should be. The rows whose values are not certain are compared by their keys. */
export function pageOf(postings: Postings, { min, max }: KeyRange, limit: number, reverse: boolean): Page {
  const keys = [...postings.values()]
    .map(({ key }) => key)
    .filter((key) => compareBytes(min, key) <= 0 && compareBytes(key, max) <= 0)
    .sort(compareBytes);
  if (reverse) keys.reverse();
  const rows = keys.slice(0, limit).map((key) => ({ key, value: new Uint8Array(0) }));
  return { rows, more: keys.length > limit };
}

/** A page in words, so that pages can be compared. Of a value it says only whether it is wrong. */
export function described(postings: Postings, { rows, more }: Page): string {
  const lines = rows.map((row) => `${toHex(row.key)}${isRight(postings, row) ? '' : ' with a wrong value'}`);
  return [...lines, more ? 'more' : 'end'].join('\n');
}

function isRight(postings: Postings, { key, value }: Row): boolean {
  return postings.get(mapKey(key))?.values.includes(toHex(value)) ?? false;
}

/** As {@link described}, of a page of {@link pageOf}. */
export function describedKeys({ rows, more }: Page): string {
  return [...rows.map(({ key }) => toHex(key)), more ? 'more' : 'end'].join('\n');
}
