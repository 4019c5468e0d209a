import { u32At } from '../../chain/bytes.ts';
import { POSITION_LENGTH } from '../position.ts';
import { POSTING_KINDS } from '../postings.ts';
import type { KeyRange } from '../store.ts';
import type { RowCursor } from './page.ts';

/** Bits for each posting. About two thirds of them have a key that no other has, so this is 10 bits a key: one wrong "maybe" in a hundred. */
const BITS_PER_ROW = 7;
const PROBES = 6;
const PAGE_BYTES = 8_000;
const SMALLEST = 8;

/** How many pages the filter of a run has. @param rows the most rows that the run may have */
function filterPagesFor(rows: number): number {
  return Math.max(1, Math.ceil((rows * BITS_PER_ROW) / 8 / PAGE_BYTES));
}

/**
 * A Bloom filter (doi:10.1145/362686.362692) of the keys that a run has postings of. All bits of a key are in one page, so a
 * look-up reads one.
 */
export class FilterBuilder {
  readonly #pages: Uint8Array[];

  constructor(rows: number) {
    const count = filterPagesFor(rows);
    const bytes = count > 1 ? PAGE_BYTES : Math.max(SMALLEST, Math.ceil((rows * BITS_PER_ROW) / 8));
    this.#pages = Array.from({ length: count }, () => new Uint8Array(bytes));
  }

  add({ keyBytes, keyStart, keyEnd }: RowCursor): void {
    const hash = hashOf(keyBytes, keyStart, keyStart + filteredLength(keyBytes[keyStart]!, keyEnd - keyStart));
    const page = this.#pages[pageFor(hash, this.#pages.length)]!;
    const high = highOf(hash);
    const step = stepOf(high);
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitAt(high + Math.imul(probe, step), page);
      page[bit >>> 3]! |= 1 << (bit & 7);
    }
  }

  finish(): readonly Uint8Array[] {
    return this.#pages;
  }
}

/** The hash of the one key that all postings of a range have; null if they may have several. */
export function hashOfRange({ min, max }: KeyRange): number | null {
  const length = filteredLength(min[0]!, min.length);
  if (max.length !== min.length) return null;
  for (let i = 0; i < length; i++) if (min[i] !== max[i]) return null;
  return hashOf(min, 0, length);
}

/** The page of a filter that has the bits of a hash. */
export function pageFor(hash: number, pages: number): number {
  return Math.floor(((hash - highOf(hash) * LOW) * pages) / LOW);
}

/** Whether a filter may have a key. @param page of {@link pageFor} */
export function mayHave(page: Uint8Array, hash: number): boolean {
  const high = highOf(hash);
  const step = stepOf(high);
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = bitAt(high + Math.imul(probe, step), page);
    if (((page[bit >>> 3]! >>> (bit & 7)) & 1) === 0) return false;
  }
  return true;
}

/** The kind and key of a posting; of a `spend` without the index of the output, so that all of a transaction are one. */
function filteredLength(tag: number, length: number): number {
  const beforePosition = Math.max(0, length - POSITION_LENGTH);
  return tag === POSTING_KINDS.spend.tag ? Math.max(0, beforePosition - 4) : beforePosition;
}

/** The lower part of a hash chooses the page, the upper one the bits. */
const LOW = 2 ** 21;

/** 53 bits: two hashes like FNV-1a, four bytes at a time. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let high = 0x811c_9dc5;
  let low = 0x9e37_79b9;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = u32At(bytes, at);
    high = Math.imul(high ^ word, 0x85eb_ca6b);
    high ^= high >>> 15;
    low = Math.imul(low ^ word, 0xc2b2_ae35);
    low ^= low >>> 13;
  }
  for (; at < end; at++) {
    high = Math.imul(high ^ bytes[at]!, 0x85eb_ca6b);
    high ^= high >>> 15;
    low = Math.imul(low ^ bytes[at]!, 0xc2b2_ae35);
    low ^= low >>> 13;
  }
  return (high >>> 0) * LOW + ((low >>> 0) % LOW);
}

/** 32 bits. */
function highOf(hash: number): number {
  return Math.floor(hash / LOW);
}

function stepOf(high: number): number {
  return Math.imul(high, 0x9e37_79b1) | 1;
}

/** The bit of a probe. A product and its upper part are several times faster than a division. */
function bitAt(probe: number, { length }: Uint8Array): number {
  return Math.floor(((probe >>> 0) * 8 * length) / 2 ** 32);
}
