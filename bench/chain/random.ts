import { type Cipheriv, createCipheriv } from 'node:crypto';
import { u32At, viewOf } from '../../src/chain/bytes.ts';
import { sha256 } from '../../src/chain/hash.ts';

const CHUNK = 256 * 1024;

/** A probability, and the smallest and largest whole number of the range that it applies to. */
export type Range = readonly [share: number, least: number, most: number];

/** Numbers and bytes that are the same for the same seed: the AES-CTR keystream, which is fast and does not compress. */
export class Random {
  readonly #cipher: Cipheriv;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(seed: string) {
    const key = sha256(new TextEncoder().encode(seed)).subarray(0, 16);
    this.#cipher = createCipheriv('aes-128-ctr', key, new Uint8Array(16));
  }

  /** A number from 0 to 1, exclusive. */
  next(): number {
    const at = this.#take(4);
    return u32At(this.#chunk, at) / 0x1_0000_0000;
  }

  /** Whether something happens that has this share. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number from 0 to `end`, exclusive. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** A whole number from ranges whose shares sum up to 1. */
  among(ranges: readonly Range[]): number {
    let left = this.next();
    const range = ranges.find(([share]) => {
      left -= share;
      return left < 0;
    });
    const [, least, most] = range ?? ranges.at(-1)!;
    return this.between(least, most);
  }

  /** A whole number from 0 to `end`, exclusive; n about n times more rarely than 1. */
  skewed(end: number): number {
    return Math.floor((end + 1) ** this.next()) - 1;
  }

  /** Bytes that come only once; a view, which must not be written to. */
  bytes(length: number): Uint8Array {
    if (length > CHUNK) return this.#keystream(length);
    const at = this.#take(length);
    return viewOf(this.#chunk, at, at + length);
  }

  /** Takes bytes of the chunk, or of the next one, and returns where they begin. */
  #take(length: number): number {
    if (this.#at + length > this.#chunk.length) {
      this.#chunk = this.#keystream(CHUNK);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #keystream(length: number): Uint8Array {
    const bytes = this.#cipher.update(new Uint8Array(length));
    return viewOf(bytes, 0, bytes.length);
  }
}
