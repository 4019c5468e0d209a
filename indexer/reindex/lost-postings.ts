import type { Network } from '../../src/chain/networks.ts';
import { BitqlError, errorCode } from '../../src/errors.ts';
import { DamagedFileError, MissingRecordError } from '../../src/store/errors.ts';
import { heldFamilies } from '../../src/store/families.ts';
import { addRange } from '../../src/store/height-ranges.ts';
import { RowPacker, rowAt } from '../../src/store/packed-rows.ts';
import { decodePosition, rowsOfHeights } from '../../src/store/position.ts';
import { isPerhapsLost } from '../../src/store/runs/damage.ts';
import type { DamagedRun } from '../../src/store/runs/run.ts';
import { salvage } from '../../src/store/scan-pages.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import type { HeightRange } from '../../src/store/state.ts';
import { type ChainStore, type PackedRows, type Row, TABLES } from '../../src/store/store.ts';
import { inlineTransaction, readTransactions } from '../../src/store/transactions.ts';
import { addStoredPostings } from './stored-postings.ts';

export interface LostPostingsOptions {
  readonly store: ChainStore;
  readonly snapshot: Snapshot;
  readonly network: Network;
  readonly damaged: readonly DamagedRun[];
  /** Whether a height is indexed again. */
  readonly isMended: (height: number) => boolean;
  /** Called often; may throw. */
  readonly onStep: () => void;
}

/** Transactions that are read together. */
const PAGE = 1_000;
/** Postings that are looked up together. */
const LOOKED_UP = 500;
/** Lost postings are written when they have this many bytes. */
const PIECE_BYTES = 1024 * 1024;

/** Makes postings again that were in damaged pages, from stored transactions. */
export class LostPostings {
  readonly #options: LostPostingsOptions;
  #perhapsLost = new RowPacker();
  /** Heights with transactions that cannot be read, and that are not indexed again. */
  #unreadable: HeightRange[] = [];
  written = 0;

  constructor(options: LostPostingsOptions) {
    this.#options = options;
  }

  /**
   * Writes what is lost. The damaged pages stay, so it can be repeated if it was cut off.
   * @throws STORE_DAMAGED if transactions cannot be read that are not indexed again
   */
  async restore(): Promise<void> {
    for (const heights of this.#heights()) {
      for await (const rows of this.#transactionsAt(heights)) {
        this.#options.onStep();
        this.#keepLost(await this.#postingsOf(rows));
        if (this.#perhapsLost.bytes.length >= PIECE_BYTES) await this.#write();
      }
    }
    await this.#write();
    if (this.#unreadable.length > 0) throw alsoDamaged(this.#unreadable);
  }

  #heights(): readonly HeightRange[] {
    const runs = this.#options.damaged.filter(({ lost }) => lost.length > 0);
    return runs.reduce<HeightRange[]>((ranges, { run }) => addRange(ranges, run.heights), []);
  }

  /** The transactions of all blocks at some heights, also of stale ones. */
  #transactionsAt(heights: HeightRange): AsyncGenerator<Row[]> {
    return salvage(this.#options.store, 'transactions', rowsOfHeights(heights, TABLES.transactions), {
      limit: PAGE,
      onDamage: (_, key) => this.#noteUnreadable(key),
      onLost: (error) => {
        throw error;
      },
    });
  }

  async #postingsOf(rows: readonly Row[]): Promise<PackedRows> {
    const { snapshot } = this.#options;
    const postings = new RowPacker();
    for (const row of rows) {
      try {
        await this.#addPostings(row, postings);
      } catch (error) {
        if (errorCode(error) !== 'STORE_DAMAGED' || error instanceof DamagedFileError) throw error;
        // A run that was cut off may have left a transaction without its pieces.
        if (error instanceof MissingRecordError && !snapshot.seesKey(row.key)) continue;
        this.#noteUnreadable(row.key);
      }
    }
    return postings.finish();
  }

  async #addPostings(row: Row, postings: RowPacker): Promise<void> {
    const { store, network, snapshot } = this.#options;
    const record = inlineTransaction(row, network) ?? (await readTransactions(store, [row], network))[0]!;
    const context = { network, families: heldFamilies(snapshot.state) };
    await addStoredPostings(store, { ...record, position: row.key }, context, postings);
  }

  #keepLost(postings: PackedRows): void {
    for (let place = 0; place < postings.order.length; place++) {
      const posting = rowAt(postings, place);
      if (isPerhapsLost(this.#options.damaged, posting.key)) this.#perhapsLost.add(posting);
    }
  }

  /** Writes those that no other run has: when a transaction was first seen stands only there. */
  async #write(): Promise<void> {
    const { store, onStep } = this.#options;
    const perhapsLost = this.#perhapsLost.finish();
    this.#perhapsLost = new RowPacker();
    const lost = new RowPacker();
    let count = 0;
    for (let from = 0; from < perhapsLost.order.length; from += LOOKED_UP) {
      const length = Math.min(LOOKED_UP, perhapsLost.order.length - from);
      const rows = Array.from({ length }, (_, i) => rowAt(perhapsLost, from + i));
      const keys = rows.map(({ key }) => key);
      const found = await store.get('postings', keys, { onDamage: () => {} });
      for (const [i, row] of rows.entries()) {
        if (found[i] !== null) continue;
        lost.add(row);
        count += 1;
      }
    }
    onStep();
    if (count > 0) await store.write(new Map([['postings', lost.finish()]]));
    this.written += count;
  }

  /** What lies below and above the indexed blocks is removed. */
  #noteUnreadable(key: Uint8Array): void {
    const { snapshot, isMended } = this.#options;
    const { height } = decodePosition(key.subarray(0, TABLES.transactions));
    if (snapshot.covers(height) && !isMended(height)) this.#unreadable = addRange(this.#unreadable, [height, height]);
  }
}

function alsoDamaged(ranges: readonly HeightRange[]): BitqlError {
  const heights = ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',');
  return new BitqlError(
    'STORE_DAMAGED',
    `Lost postings cannot be made again from the transactions at ${heights}, which are damaged as well: add these heights ` +
      `to --heights ("bitql verify-store" lists all).`,
  );
}
