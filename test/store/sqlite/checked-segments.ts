import { expect } from 'vitest';
import { toHex } from '../../../src/chain/bytes.ts';
import { CHECKSUM_LENGTH } from '../../../src/store/checksum.ts';
import { packRows } from '../../../src/store/packed-rows.ts';
import { Reader } from '../../../src/store/sqlite/reader.ts';
import type { SegmentOptions } from '../../../src/store/sqlite/segments/catalogue.ts';
import { Writer } from '../../../src/store/sqlite/writer.ts';
import type { KeyRange, LookUp, Page, Row, Table } from '../../../src/store/store.ts';

const CACHE_MIB = 2;
const NOTHING: LookUp = { table: 'postings', keys: [], ranges: [], limit: 0, reverse: false };

/** The operations on a store by one of two processes that have it open. */
export type Step =
  | { readonly do: 'write'; readonly by: By; readonly keys: readonly number[] }
  | { readonly do: 'merge'; readonly by: By; readonly slices: number }
  /** A write that fails after it has begun new segments. */
  | { readonly do: 'fail'; readonly by: By }
  | { readonly do: 'reopen' };

export type By = 0 | 1;

/** The halves of a store in one thread, and a map of the rows that they must have. */
export class CheckedSegments {
  readonly #file: string;
  readonly #segments: SegmentOptions;
  readonly #said = new Map<string, string>();
  #writers: readonly Writer[];
  #reader: Reader;
  #writes = 0;

  constructor(file: string, segments: SegmentOptions) {
    this.#file = file;
    this.#segments = segments;
    this.#writers = [0, 1].map(() => new Writer(file, CACHE_MIB, segments));
    this.#reader = new Reader(file, CACHE_MIB);
  }

  do(step: Step): void {
    if (step.do === 'reopen') {
      this.#reopen();
      return;
    }
    const writer = this.#writers[step.by]!;
    if (step.do === 'write') this.#write(writer, step.keys);
    else if (step.do === 'merge') for (let i = 0; i < step.slices; i++) writer.merge();
    else this.#fail(writer);
  }

  /** Reads the range and the whole store in both directions, and compares. */
  check(from: number, to: number, limit: number): void {
    const expected = [...this.#said].map(([key, said]) => `${key} ${said}`).sort();
    const inRange = expected.filter((line) => {
      const key = line.slice(0, line.indexOf(' '));
      return key >= toHex(keyOf(from)) && key <= toHex(keyOf(to));
    });
    for (const reverse of [false, true]) {
      const page = this.#page({ min: keyOf(from), max: keyOf(to) }, limit, reverse);
      const ordered = reverse ? inRange.toReversed() : inRange;
      expect(page.rows.map(lineOf)).toEqual(ordered.slice(0, limit));
      expect(page.more).toBe(ordered.length > limit);
    }
    const everything = { min: Uint8Array.of(0), max: Uint8Array.of(255) };
    const page = this.#page(everything, 1_000_000, false);
    expect(page.rows.map(lineOf)).toEqual(expected);
    const [value] = this.#reader.read([{ ...NOTHING, keys: [keyOf(from)] }]).found[0]!.values;
    expect(value == null ? undefined : textOf(value)).toBe(this.#said.get(toHex(keyOf(from))));
  }

  #page(range: KeyRange, limit: number, reverse: boolean): Page {
    return this.#reader.read([{ ...NOTHING, ranges: [range], limit, reverse }]).found[0]!.pages[0]!;
  }

  close(): void {
    for (const writer of this.#writers) writer.close();
    this.#reader.close();
  }

  /** Each write has another value for a key; the first one counts. */
  #write(writer: Writer, numbers: readonly number[]): void {
    const said = `said ${this.#writes++}`;
    const keys = [...new Set(numbers)].map(keyOf);
    writer.write(new Map([['postings', packRows(keys.map((key) => rowOf(key, said)))]]));
    for (const key of keys) if (!this.#said.has(toHex(key))) this.#said.set(toHex(key), said);
  }

  #fail(writer: Writer): void {
    const rows = Array.from({ length: this.#segments.rows }, (_, i) => rowOf(Uint8Array.of(3, i), 'lost'));
    const broken = new Map([
      ['postings', packRows(rows)],
      ['no such table' as Table, packRows([])],
    ] as const);
    expect(() => writer.write(broken)).toThrow();
  }

  #reopen(): void {
    this.close();
    this.#writers = [0, 1].map(() => new Writer(this.#file, CACHE_MIB, this.#segments));
    this.#reader = new Reader(this.#file, CACHE_MIB);
  }
}

/** Keys of two lengths, as the kinds of postings have. */
function keyOf(number: number): Uint8Array {
  return number % 2 === 0 ? Uint8Array.of(1, number >> 8, number) : Uint8Array.of(2, 7, number >> 8, number);
}

function rowOf(key: Uint8Array, said: string): Row {
  return { key, value: new TextEncoder().encode(said) };
}

function lineOf({ key, value }: Row): string {
  return `${toHex(key)} ${textOf(value)}`;
}

/** The rows are there as they are stored, with their checksums. */
function textOf(stored: Uint8Array): string {
  return new TextDecoder().decode(stored.subarray(0, -CHECKSUM_LENGTH));
}
