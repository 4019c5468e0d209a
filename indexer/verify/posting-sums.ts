import { checksumOf } from '../../src/store/checksum.ts';
import { rowAt } from '../../src/store/packed-rows.ts';
import { POSTING_KINDS } from '../../src/store/postings.ts';
import type { PackedRows, Row } from '../../src/store/store.ts';

/**
 * Compares the postings that there should be with those that there are, though both come in another order: of each
 * place, such as a height, are kept how many there are of them, and two sums of their checksums, in 12 bytes. What differs
 * in any posting shows, but for one case in 2^32 (or less).
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

  /** Takes in what should be there. */
  expect(place: number, rows: PackedRows): void {
    for (let i = 0; i < rows.order.length; i++) this.#add(place, rowAt(rows, i), 1);
  }

  /** Takes in what is there. */
  find(place: number, row: Row): void {
    this.#add(place, row, -1);
  }

  /** How many postings are too few (or, negative, too many) at a place where they are not those that should be there. */
  *differences(): Generator<{ readonly place: number; readonly missing: number }> {
    for (let place = 0; place < this.#counts.length; place++) {
      const missing = this.#counts[place]!;
      if (missing !== 0 || this.#sums[place] !== 0 || this.#mixedSums[place] !== 0) yield { place, missing };
    }
  }

  #add(place: number, { key, value }: Row, sign: 1 | -1): void {
    // When a transaction was first seen does not follow from it.
    const ofKey = checksumOf(key);
    const checksum = key[0] === POSTING_KINDS.txid.tag ? ofKey : checksumOf(value, 0, value.length, ofKey);
    this.#counts[place]! += sign;
    this.#sums[place]! += sign * checksum;
    this.#mixedSums[place]! += sign * Math.imul(checksum ^ (checksum >>> 15), checksum | 1);
  }
}
