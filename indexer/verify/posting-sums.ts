import { checksumOf } from '../../src/store/checksum.ts';
import { rowAt } from '../../src/store/packed-rows.ts';
import { POSTING_KINDS } from '../../src/store/postings.ts';
import type { PackedRows, Row } from '../../src/store/store.ts';

/**
 * Compares the expected postings with the stored ones, although they come in different orders. For each place, such as
 * a height, it keeps their number and two sums of their checksums, in 12 bytes. Any difference shows, except in one
 * case of 2^32 (or fewer).
 */
export class PostingSums {
  readonly #counts: Int32Array;
  readonly #sums: Int32Array;
  readonly #mixedSums: Int32Array;

  constructor(places: number) {
    this.#counts = new Int32Array(places);
    this.#sums = new Int32Array(places);
    this.#mixedSums = new Int32Array(places);
  }

  /** Adds expected postings. */
  expect(place: number, rows: PackedRows): void {
    for (let i = 0; i < rows.order.length; i++) this.#add(place, rowAt(rows, i), 1);
  }

  /** Adds a stored posting. */
  find(place: number, row: Row): void {
    this.#add(place, row, -1);
  }

  /** The number of missing postings (negative: surplus ones) at each place with a difference. */
  *differences(): Generator<{ readonly place: number; readonly missing: number }> {
    for (let place = 0; place < this.#counts.length; place++) {
      const missing = this.#counts[place]!;
      if (missing !== 0 || this.#sums[place] !== 0 || this.#mixedSums[place] !== 0) yield { place, missing };
    }
  }

  #add(place: number, { key, value }: Row, sign: 1 | -1): void {
    // When a transaction was first seen cannot be derived from it.
    const ofKey = checksumOf(key);
    const checksum = key[0] === POSTING_KINDS.txid.tag ? ofKey : checksumOf(value, 0, value.length, ofKey);
    this.#counts[place]! += sign;
    this.#sums[place]! += sign * checksum;
    this.#mixedSums[place]! += sign * Math.imul(checksum ^ (checksum >>> 15), checksum | 1);
  }
}
