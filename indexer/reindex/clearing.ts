import { mapKey } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { departedRange } from '../../src/store/departures.ts';
import { RowPacker, rowsOf } from '../../src/store/packed-rows.ts';
import { decodePosition, MAX_HEIGHT, type Position, rowsOfHeights } from '../../src/store/position.ts';
import { EVERY_FAMILY, POSTING_KINDS, positionOf, rangeOfKind } from '../../src/store/postings.ts';
import { salvage, scanPages } from '../../src/store/scan-pages.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import type { HeightRange } from '../../src/store/state.ts';
import {
  type ChainStore,
  type KeyRange,
  type Row,
  TABLES,
  TABLES_OF_BLOCKS,
  type Table,
} from '../../src/store/store.ts';
import { type LocatedTransaction, transactionsAt } from '../../src/store/transactions.ts';
import { addStoredPostings } from './stored-postings.ts';

/** Rows that are checked together: their transactions are in memory meanwhile. */
const PAGE = 64;
/** Page size for tables of which all readable rows are kept. */
const LARGE_PAGE = 1_000;

type BlockPlace = Pick<Position, 'height' | 'fork'>;

/** Removes rows that should not be there. */
export class Clearing {
  readonly #store: ChainStore;
  readonly #snapshot: Snapshot;
  readonly #network: Network;
  readonly #isMended: (height: number) => boolean;
  removed = 0;

  /** @param isMended whether a height is indexed again */
  constructor(store: ChainStore, snapshot: Snapshot, network: Network, isMended: (height: number) => boolean) {
    this.#store = store;
    this.#snapshot = snapshot;
    this.#network = network;
    this.#isMended = isMended;
  }

  /**
   * Removes rows after the last transaction and the last page of a block, and damaged rows of stale blocks at its
   * height.
   */
  async clearAfter({ height, fork }: BlockPlace, transactionCount: number, pageCount: number): Promise<void> {
    const isAfter = (count: number) => (row: Row) => {
      const position = decodePosition(row.key);
      return position.fork === fork && position.index >= count;
    };
    await this.#clearHeights('transactions', [height, height], isAfter(transactionCount));
    await this.#clearHeights('pages', [height, height], isAfter(pageCount));
    for (const table of ['blocks', 'totals', 'payloads'] as const) await this.#clearHeights(table, [height, height]);
  }

  /** Removes damaged rows below and above the indexed blocks. */
  async clearBeside([lowest, highest]: HeightRange): Promise<void> {
    for (const table of TABLES_OF_BLOCKS) {
      if (lowest > 0) await this.#clearHeights(table, [0, lowest - 1]);
      await this.#clearHeights(table, [highest + 1, MAX_HEIGHT]);
    }
  }

  /** Removes postings of these heights that none of their transactions has. Reads all postings. */
  async clearPostings(signal: AbortSignal): Promise<void> {
    for (const kind of Object.values(POSTING_KINDS)) {
      for await (const { rows } of scanPages(this.#store, 'postings', rangeOfKind(kind), LARGE_PAGE)) {
        signal.throwIfAborted();
        const ours = rows.filter(({ key }) => this.#isOurs(key));
        for (let from = 0; from < ours.length; from += PAGE) await this.#clearStrays(ours.slice(from, from + PAGE));
      }
    }
  }

  /**
   * Removes damaged rows of present and past unconfirmed transactions. The indexer admits the present ones again from
   * the node.
   */
  async clearUnconfirmed(): Promise<void> {
    for (const table of ['pending', 'departures', 'events'] as const) {
      const length = TABLES[table];
      await this.#clear(table, { min: new Uint8Array(length), max: new Uint8Array(length).fill(0xff) }, () => false);
    }
    for (const kind of Object.values(POSTING_KINDS)) {
      const range = rangeOfKind(kind);
      await this.#clear('pendingPostings', range, () => false);
      await this.#clear('removedPostings', range, () => false);
      for (const stretch of this.#snapshot.state.stretches) {
        await this.#clear('departedPostings', departedRange(stretch, range), () => false);
      }
    }
  }

  /** Whether a posting is of a block that is indexed again. */
  #isOurs(key: Uint8Array): boolean {
    return this.#snapshot.seesKey(key) && this.#isMended(decodePosition(positionOf(key)).height);
  }

  #clearHeights(table: Table, heights: HeightRange, isStray: (row: Row) => boolean = () => false): Promise<void> {
    return this.#clear(table, rowsOfHeights(heights, TABLES[table]), isStray);
  }

  async #clear(table: Table, range: KeyRange, isStray: (row: Row) => boolean): Promise<void> {
    const strays: Uint8Array[] = [];
    const onDamage = (_: Table, key: Uint8Array) => {
      strays.push(key.slice());
    };
    for await (const rows of salvage(this.#store, table, range, { limit: LARGE_PAGE, onDamage, onLost: rethrow })) {
      strays.push(...rows.filter(isStray).map(({ key }) => key));
      await this.#remove(table, strays.splice(0));
    }
    await this.#remove(table, strays.splice(0));
  }

  async #clearStrays(rows: readonly Row[]): Promise<void> {
    const places = new Map(rows.map(({ key }) => [mapKey(positionOf(key)), positionOf(key)]));
    const found = await transactionsAt(this.#store, [...places.values()], this.#network);
    const right = new Set<string>();
    for (const located of found) if (located !== null) for (const key of await this.#keysOf(located)) right.add(key);
    await this.#remove(
      'postings',
      rows.map(({ key }) => key).filter((key) => !right.has(mapKey(key))),
    );
  }

  async #keysOf(located: LocatedTransaction): Promise<string[]> {
    const postings = new RowPacker();
    // Those of a family that is still being filled in are right as well.
    const context = { network: this.#network, families: EVERY_FAMILY };
    await addStoredPostings(this.#store, located, context, postings);
    return rowsOf(postings.finish()).map(({ key }) => mapKey(key));
  }

  async #remove(table: Table, keys: readonly Uint8Array[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#store.remove(table, keys);
    this.removed += keys.length;
  }
}

/** If the file itself is damaged, nothing can be mended. */
function rethrow(error: Error): never {
  throw error;
}
