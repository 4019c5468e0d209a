import { hashToHex } from '../../src/chain/bytes.ts';
import type { CommitNumber } from '../../src/store/commit-number.ts';
import type { FeeRateRange, MempoolSummary } from '../../src/store/state.ts';

/** The data that the indexer keeps in memory for each pending transaction. */
export interface PendingEntry {
  readonly arrival: CommitNumber;
  /** In seconds since 1970. */
  readonly firstSeen: number;
  readonly virtualSize: number;
  /** In satoshis; null if a spent output is not known. */
  readonly fee: number | null;
}

/** Lower ends of the counted ranges of fee rates, in satoshis for a virtual byte. */
const FEE_RATES = [
  0, 0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1_000, 2_000,
] as const;

/** The pending transactions by txid (display-order hex), and their totals. */
export class PendingSet {
  readonly #entries = new Map<string, PendingEntry>();
  readonly #counts = FEE_RATES.map(() => ({ count: 0, virtualSize: 0 }));
  #virtualSize = 0;
  #fees = 0;

  get size(): number {
    return this.#entries.size;
  }

  txids(): Iterable<string> {
    return this.#entries.keys();
  }

  entries(): Iterable<[txid: string, entry: PendingEntry]> {
    return this.#entries.entries();
  }

  get(txid: string): PendingEntry | undefined {
    return this.#entries.get(txid);
  }

  has(txid: string): boolean {
    return this.#entries.has(txid);
  }

  /** When a transaction entered the mempool, in seconds since 1970; null for one that is not pending. */
  firstSeen(txid: Uint8Array): number | null {
    return this.size === 0 ? null : (this.get(hashToHex(txid))?.firstSeen ?? null);
  }

  add(txid: string, entry: PendingEntry): void {
    this.delete(txid);
    this.#entries.set(txid, entry);
    this.#count(entry, 1);
  }

  delete(txid: string): void {
    const entry = this.#entries.get(txid);
    if (entry === undefined) return;
    this.#entries.delete(txid);
    this.#count(entry, -1);
  }

  /** The summary after some have arrived and others have departed. */
  summaryAfter(arrived: Iterable<PendingEntry>, departed: Iterable<PendingEntry>): MempoolSummary {
    const [come, gone] = [[...arrived], [...departed]];
    for (const entry of come) this.#count(entry, 1);
    for (const entry of gone) this.#count(entry, -1);
    const count = this.#entries.size + come.length - gone.length;
    const summary = { count, virtualSize: this.#virtualSize, fees: this.#fees, histogram: this.#histogram() };
    for (const entry of come) this.#count(entry, -1);
    for (const entry of gone) this.#count(entry, 1);
    return summary;
  }

  #histogram(): FeeRateRange[] {
    return FEE_RATES.map((from, i) => ({ from, ...this.#counts[i]! })).filter(({ count }) => count > 0);
  }

  #count({ virtualSize, fee }: PendingEntry, sign: 1 | -1): void {
    this.#virtualSize += sign * virtualSize;
    if (fee === null) return;
    this.#fees += sign * fee;
    const range = this.#counts[FEE_RATES.findLastIndex((from) => from <= fee / virtualSize)]!;
    range.count += sign;
    range.virtualSize += sign * virtualSize;
  }
}
