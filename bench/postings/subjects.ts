import { POSTING_KINDS, type PostingKind } from '../../src/store/postings.ts';
import type { PackedRows } from '../../src/store/store.ts';
import { Random } from '../chain/random.ts';
import { recordedBatches } from '../sync/recorded-batches.ts';

/** What is looked up: prefixes of postings, as hex. */
export interface Subjects {
  readonly txids: readonly string[];
  readonly spends: readonly string[];
  /** Locking scripts with few postings. */
  readonly rare: readonly string[];
  /** Those with the most postings: as many as have {@link FOLDED} of them together, within bounds. */
  readonly hot: readonly string[];
}

/** How many postings are added up. */
export const FOLDED = 120_000;
/** The number of look-ups of one key that do not repeat. */
const SINGLE = 2_000;
/** Enough for all reads of many. */
const SPENDS = 12_000;
const RARE = { from: 2, to: 10 };
/** At least and at most this many keys are hot. */
const HOT = { least: 20, most: 200 };

/** Chooses among the postings of the first batches of a recording. */
export function subjectsIn(file: string, batches: number): Subjects {
  const txids = new Sample(SINGLE);
  const spends = new Sample(SPENDS);
  const counts = new Map<string, number>();
  let left = batches;
  for (const batch of recordedBatches(file)) {
    if (left-- === 0) break;
    const postings = batch.get('postings')!;
    for (const prefix of prefixesOf('txid', postings)) txids.add(prefix);
    for (const prefix of prefixesOf('spend', postings)) spends.add(prefix);
    for (const prefix of prefixesOf('lock', postings)) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const rare = new Sample(SINGLE);
  for (const [prefix, count] of counts) if (count >= RARE.from && count <= RARE.to) rare.add(prefix);
  return { txids: txids.hex(), spends: spends.hex(), rare: rare.hex(), hot: hottest(counts) };
}

function hottest(counts: ReadonlyMap<string, number>): string[] {
  const hot: string[] = [];
  let postings = 0;
  for (const [prefix, count] of [...counts].sort((a, b) => b[1] - a[1])) {
    if (hot.length === HOT.most || (postings >= FOLDED && hot.length >= HOT.least)) break;
    postings += count;
    hot.push(hexOf(prefix));
  }
  return hot;
}

/** The prefixes of all postings of a kind, in key order, a byte in each character. */
function* prefixesOf(kind: PostingKind, { bytes, ends, order }: PackedRows): Generator<string> {
  const { tag, length } = POSTING_KINDS[kind];
  const memory = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const row of order) {
    const start = row === 0 ? 0 : ends[2 * row - 1]!;
    if (memory[start] === tag) yield memory.toString('latin1', start, start + 1 + length);
  }
}

function hexOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}

/** Keeps some of all, chosen evenly (Vitter's algorithm R), the same each time. */
class Sample {
  readonly #most: number;
  readonly #kept: string[] = [];
  #seen = 0;
  readonly #random = new Random('postings');

  constructor(most: number) {
    this.#most = most;
  }

  add(text: string): void {
    this.#seen += 1;
    if (this.#kept.length < this.#most) {
      this.#kept.push(text);
      return;
    }
    const place = this.#random.below(this.#seen);
    if (place < this.#most) this.#kept[place] = text;
  }

  /** In another order than they came, which was that of their keys. */
  hex(): string[] {
    for (let i = this.#kept.length - 1; i > 0; i--) {
      const other = this.#random.below(i + 1);
      [this.#kept[i], this.#kept[other]] = [this.#kept[other]!, this.#kept[i]!];
    }
    return this.#kept.map(hexOf);
  }
}
