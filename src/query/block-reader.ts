import { equalBytes, hashFromHex } from '../chain/bytes.ts';
import type { BlockHeader } from '../chain/header.ts';
import { type BlockTotals, decodeBlock, decodeTotals } from '../store/blocks.ts';
import { isArrival } from '../store/commit-number.ts';
import { MissingRecordError } from '../store/errors.ts';
import { blockKey, decodePosition, type Position } from '../store/position.ts';
import { positionsFor } from '../store/postings.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { BlockRef } from '../store/state.ts';
import type { ReadStore } from '../store/store.ts';

/** A block, of the main chain or stale. */
export interface BlockView {
  readonly height: number;
  /** Its ordinal among the blocks known at its height. */
  readonly fork: number;
  /** Internal byte order. */
  readonly hash: Uint8Array;
  readonly header: BlockHeader;
  /** In seconds; null if the index does not know the blocks before it. */
  readonly medianTime: number | null;
  readonly chainWork: bigint | null;
  readonly totals: BlockTotals;
}

/** Reads blocks, all from one snapshot. */
export class BlockReader {
  readonly snapshot: Snapshot;
  readonly store: ReadStore;

  constructor(store: ReadStore, snapshot: Snapshot) {
    this.store = store;
    this.snapshot = snapshot;
  }

  async blockAt(height: number): Promise<BlockView | null> {
    if (!this.snapshot.covers(height)) return null;
    const place = { height, fork: this.snapshot.mainFork(height) };
    return (await this.blockWith(place)) ?? this.#missingBlock(place);
  }

  /** A block of the main chain, or a stale block at an indexed height. */
  async blockByHash(hash: Uint8Array): Promise<BlockView | null> {
    const [positions] = await positionsFor(this.store, 'block', [hash]);
    const places = positions!.map(decodePosition).filter(({ height }) => this.snapshot.covers(height));
    const blocks = await Promise.all(
      places.map(async (place) => (await this.blockWith(place)) ?? this.#lacking(place)),
    );
    return blocks.find((block) => block !== null && equalBytes(block.hash, hash)) ?? null;
  }

  /**
   * The height of the last block that the main chain shares with the chain of a block: its own height if it is on the main chain.
   * @param most how many blocks below it may be off the main chain too
   * @returns null if it is not known
   */
  async lastSharedWith({ height, hash }: BlockRef, most: number): Promise<number | null> {
    let wanted = hashFromHex(hash);
    for (let at = height; at >= 0 && height - at <= most; at--) {
      const [positions] = await positionsFor(this.store, 'block', [wanted]);
      const places = positions!.map(decodePosition).filter((place) => place.height === at);
      const records = await this.store.get(
        'blocks',
        places.map(({ fork }) => blockKey(at, fork)),
      );
      const found = records.findIndex((record) => record != null && equalBytes(decodeBlock(record).hash, wanted));
      if (found < 0) return null;
      if (this.isOnMainChain(places[found]!)) return at;
      wanted = decodeBlock(records[found]!).header.previousHash;
    }
    return null;
  }

  /** A block by height and fork. Null if it is not indexed completely: its totals are written last. */
  async blockWith({ height, fork }: Pick<Position, 'height' | 'fork'>): Promise<BlockView | null> {
    const key = blockKey(height, fork);
    const [[block], [totals]] = await Promise.all([this.store.get('blocks', [key]), this.store.get('totals', [key])]);
    return block == null || totals == null
      ? null
      : { height, fork, ...decodeBlock(block), totals: decodeTotals(totals) };
  }

  /** The block that holds a transaction; null while it is unconfirmed. */
  async blockOf({ position }: { readonly position: Uint8Array }): Promise<BlockView | null> {
    if (isArrival(position)) return null;
    const place = decodePosition(position);
    return (await this.blockWith(place)) ?? this.#missingBlock(place);
  }

  isOnMainChain(block: Pick<Position, 'height' | 'fork'>): boolean {
    return this.snapshot.sees(block);
  }

  /** The number of main-chain blocks from a block to the tip, both included; 0 for a stale block. */
  confirmationsOf(block: Pick<Position, 'height' | 'fork'>): number {
    return this.isOnMainChain(block) ? this.snapshot.tip!.height - block.height + 1 : 0;
  }

  /** Null for a stale block, which may be indexed only in part. A block of the main chain must be complete. */
  async #lacking(place: Pick<Position, 'height' | 'fork'>): Promise<null> {
    return this.isOnMainChain(place) ? this.#missingBlock(place) : null;
  }

  async #missingBlock({ height, fork }: Pick<Position, 'height' | 'fork'>): Promise<never> {
    const key = blockKey(height, fork);
    const [block] = await this.store.get('blocks', [key]);
    throw new MissingRecordError(block == null ? 'blocks' : 'totals', key);
  }
}
