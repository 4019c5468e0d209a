import type { Network } from '../../src/chain/networks.ts';
import { familyPostings } from '../../src/store/content-postings.ts';
import { MissingRecordError } from '../../src/store/errors.ts';
import { familiesFilled, heldFamilies, missingHeights } from '../../src/store/families.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import { rowsOfHeights } from '../../src/store/position.ts';
import type { PostingFamily } from '../../src/store/postings.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainState, HeightRange } from '../../src/store/state.ts';
import { type ChainStore, type Row, TABLES } from '../../src/store/store.ts';
import { inlineTransaction, readTransactions } from '../../src/store/transactions.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import { addContents } from '../rows/rows.ts';

export interface FamilyFillOptions {
  readonly store: ChainStore;
  readonly writer: ChainWriter;
  readonly network: Network;
  readonly signal: AbortSignal;
  /** Called after each commit. */
  readonly onProgress?: () => void;
}

/** Heights that lack some families. */
interface Gap {
  readonly heights: HeightRange;
  readonly families: ReadonlySet<PostingFamily>;
}

/** Transactions that are read together; a page has at most 16 MiB. */
const PAGE = 1_000;
/** How long a stretch should take: a kill loses this much work. */
const STRETCH_MS = 2_000;
const FIRST_STRETCH = 16;
const LARGEST_STRETCH = 20_000;

/**
 * Adds the families that an index lacks to blocks that it has, from the store alone, newest blocks first. Each stretch is a
 * commit, so it continues where it was stopped. New blocks and reorganisations may be committed between two steps.
 */
export class FamilyFill {
  readonly #options: FamilyFillOptions;
  readonly #work: AsyncGenerator<void, void, void>;
  #stretch = FIRST_STRETCH;

  constructor(options: FamilyFillOptions) {
    this.#options = options;
    this.#work = this.#fill();
  }

  /**
   * Works for a while, or until the signal.
   * @returns whether there is more to do
   * @throws STORE_DAMAGED; then it cannot continue
   */
  async step(ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    while (performance.now() < end && !this.#options.signal.aborted) {
      if ((await this.#work.next()).done === true) return false;
    }
    return true;
  }

  async *#fill(): AsyncGenerator<void, void, void> {
    const { writer, onProgress = () => {} } = this.#options;
    for (;;) {
      const gap = nextGap(writer.state, this.#stretch);
      if (gap === null) return;
      const took = new Stopwatch();
      for await (const rows of this.#rowsAt(gap.heights)) {
        await took.measure(this.#write(rows, gap.families));
        yield;
      }
      await writer.commit({ families: familiesFilled(writer.state, gap.families, gap.heights) });
      onProgress();
      this.#adapt(took.ms);
      yield;
    }
  }

  /** The transactions of all blocks at some heights, also of stale ones, whose lists can be asked for too. */
  async *#rowsAt(heights: HeightRange): AsyncGenerator<Row[]> {
    const range = rowsOfHeights(heights, TABLES.transactions);
    for await (const { rows } of scanPages(this.#options.store, 'transactions', range, PAGE)) yield rows;
  }

  async #write(rows: readonly Row[], families: ReadonlySet<PostingFamily>): Promise<void> {
    const { network, writer } = this.#options;
    const postings = new RowPacker();
    for (const row of rows) {
      const transaction = (inlineTransaction(row, network) ?? (await this.#inPieces(row)))?.transaction;
      if (transaction === undefined) continue;
      addContents(familyPostings(transaction, network, families), row.key, { postings });
    }
    const packed = postings.finish();
    if (packed.order.length > 0) await writer.write(new Map([['postings', packed]]));
  }

  /** Null for a transaction that a killed run left without some of its pieces. */
  async #inPieces(row: Row) {
    const { store, network, writer } = this.#options;
    try {
      const [record] = await readTransactions(store, [row], network);
      return record!;
    } catch (error) {
      const counts = Snapshot.latest(writer.state).seesKey(row.key);
      if (error instanceof MissingRecordError && !counts) return null;
      throw error;
    }
  }

  #adapt(tookMs: number): void {
    const wanted = Math.round((this.#stretch * STRETCH_MS) / Math.max(tookMs, 1));
    this.#stretch = Math.min(Math.max(wanted, 1), 2 * this.#stretch, LARGEST_STRETCH);
  }
}

/** The highest heights that lack the same families; at most so many. Null if none lack any. */
function nextGap(state: ChainState, most: number): Gap | null {
  const missing = [...heldFamilies(state)].flatMap((family) => {
    const last = missingHeights(state, family).at(-1);
    return last === undefined ? [] : [{ family, last }];
  });
  const highest = Math.max(...missing.map(({ last: [, to] }) => to));
  if (missing.length === 0) return null;
  const [inGap, below] = [
    missing.filter(({ last }) => last[1] === highest),
    missing.filter(({ last }) => last[1] < highest),
  ];
  const lowest = Math.max(
    highest - most + 1,
    ...inGap.map(({ last: [from] }) => from),
    ...below.map(({ last: [, to] }) => to + 1),
  );
  return { heights: [lowest, highest], families: new Set(inGap.map(({ family }) => family)) };
}

/** Adds up the time of some work, without what happens in between. */
class Stopwatch {
  ms = 0;

  async measure<T>(work: Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work;
    } finally {
      this.ms += performance.now() - begun;
    }
  }
}
