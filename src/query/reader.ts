import { equalBytes, hashFromHex, mapKey } from '../chain/bytes.ts';
import type { BlockHeader } from '../chain/header.ts';
import { type Network, networkById } from '../chain/networks.ts';
import type { Input } from '../chain/transaction.ts';
import { BitqlError } from '../errors.ts';
import { isArrival } from '../store/commit-number.ts';
import { MissingRecordError } from '../store/damage.ts';
import { hasTxid, positionsFor } from '../store/lookup.ts';
import { departuresOf } from '../store/pending.ts';
import { blockKey, comparePositions, decodePosition, type Position } from '../store/position.ts';
import { type PostingKind, postingKey, postingPrefix } from '../store/postings.ts';
import { decodeBlock } from '../store/records/block.ts';
import { readPending } from '../store/records/pending.ts';
import { decodeFirstSeen } from '../store/records/postings.ts';
import { type BlockTotals, decodeTotals } from '../store/records/totals.ts';
import { inlineTransaction, readTransactions } from '../store/records/transaction.ts';
import { Snapshot } from '../store/snapshot.ts';
import { type BlockRef, decodeState } from '../store/state.ts';
import type { ReadStore, Row } from '../store/store.ts';
import type { TimeLimit } from '../waiting.ts';
import { CoalescedStore } from './coalesced-store.ts';
import { pendingWith, removedWith } from './pending-postings.ts';
import { SharedStore } from './shared-store.ts';
import { type OutputStretch, SpendIndex } from './spends.ts';
import { type TransactionPlace, TransactionView } from './transaction-view.ts';
import { FREE_WORK, type Work } from './work.ts';

/** A block, of the main chain or stale. */
export interface BlockView {
  readonly height: number;
  /** Its ordinal among the blocks that are known at its height. */
  readonly fork: number;
  /** Internal byte order. */
  readonly hash: Uint8Array;
  readonly header: BlockHeader;
  /** In seconds; null where the index does not know the blocks before. */
  readonly medianTime: number | null;
  readonly chainWork: bigint | null;
  readonly totals: BlockTotals;
}

export interface Spender {
  readonly transaction: TransactionView;
  readonly inputIndex: number;
}

/** Reads the chain for one request, all from one snapshot. Reads of the same tick go to the store together. */
export class ChainReader {
  readonly network: Network;
  readonly snapshot: Snapshot;
  readonly store: ReadStore;
  /** What is done for the request. */
  readonly work: Work;
  /** Decoded once for all who have the same row. */
  readonly #views: WeakMap<Uint8Array, TransactionView>;
  /** Unconfirmed ones, and those of several rows: once for this request. */
  readonly #own = new Map<string, Promise<TransactionView>>();
  readonly #spends: SpendIndex;

  private constructor(store: ReadStore, snapshot: Snapshot, work: Work, views: WeakMap<Uint8Array, TransactionView>) {
    this.store = store;
    this.work = work;
    this.snapshot = snapshot;
    this.network = networkById(snapshot.state.network);
    this.#views = views;
    this.#spends = new SpendIndex(store);
  }

  /**
   * @param timeLimit ends all reads early, with its reason
   * @param work what all that is done is counted as
   * @throws NOT_SYNCED where no indexer ever wrote to the store
   */
  static async open(store: ReadStore, timeLimit?: TimeLimit, work: Work = FREE_WORK): Promise<ChainReader> {
    const record = await new CoalescedStore(store, timeLimit, work).readState();
    if (record === null) {
      throw new BitqlError(
        'NOT_SYNCED',
        'The store is empty: start the indexer (bitql index, or bitql up) and try again.',
      );
    }
    return ChainReader.at(store, Snapshot.latest(decodeState(record.value)), timeLimit, work);
  }

  /** Reads from a snapshot that was taken before. */
  static at(store: ReadStore, snapshot: Snapshot, timeLimit?: TimeLimit, work: Work = FREE_WORK): ChainReader {
    const views = store instanceof SharedStore ? store.views : new WeakMap<Uint8Array, TransactionView>();
    return new ChainReader(new CoalescedStore(store, timeLimit, work), snapshot, work, views);
  }

  async blockAt(height: number): Promise<BlockView | null> {
    if (!this.snapshot.covers(height)) return null;
    const place = { height, fork: this.snapshot.mainFork(height) };
    return (await this.blockWith(place)) ?? this.#missingBlock(place);
  }

  /** A block of the main chain, or a stale one of a height that is indexed. */
  async blockByHash(hash: Uint8Array): Promise<BlockView | null> {
    const [positions] = await positionsFor(this.store, 'block', [hash]);
    const places = positions!.map(decodePosition).filter(({ height }) => this.snapshot.covers(height));
    const blocks = await Promise.all(
      places.map(async (place) => (await this.blockWith(place)) ?? this.#lacking(place)),
    );
    return blocks.find((block) => block !== null && equalBytes(block.hash, hash)) ?? null;
  }

  /**
   * The height of the last block that the main chain shares with that of some block: its own if it is on it.
   * @param most how many blocks below it may be gone with it
   * @returns null where that is not known
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

  /** Any block that is known at a height, by its fork. Null where it is not indexed as a whole: its totals are written last. */
  async blockWith({ height, fork }: Pick<Position, 'height' | 'fork'>): Promise<BlockView | null> {
    const key = blockKey(height, fork);
    const [[block], [totals]] = await Promise.all([this.store.get('blocks', [key]), this.store.get('totals', [key])]);
    return block == null || totals == null
      ? null
      : { height, fork, ...decodeBlock(block), totals: decodeTotals(totals) };
  }

  /** The block that holds a transaction; null while it is unconfirmed. */
  async blockOf({ position }: TransactionView): Promise<BlockView | null> {
    if (isArrival(position)) return null;
    const place = decodePosition(position);
    return (await this.blockWith(place)) ?? this.#missingBlock(place);
  }

  isOnMainChain(block: Pick<Position, 'height' | 'fork'>): boolean {
    return this.snapshot.sees(block);
  }

  /** How many blocks the main chain has from one of it to the tip, both counted; 0 for a stale one. */
  confirmationsOf(block: Pick<Position, 'height' | 'fork'>): number {
    return this.isOnMainChain(block) ? this.snapshot.tip!.height - block.height + 1 : 0;
  }

  /**
   * The transaction at a position that the index led to. Null where it was unconfirmed and is forgotten meanwhile: rows go
   * before what says that they do not count, so this is to be asked behind `visible`.
   */
  async transactionAt(position: Uint8Array): Promise<TransactionView | null> {
    const [value] = await this.store.get(isArrival(position) ? 'pending' : 'transactions', [position]);
    if (value != null) return this.transactionOf({ key: position, value });
    if (isArrival(position)) return null;
    throw new MissingRecordError('transactions', position);
  }

  /** The transaction of a row that was read already. */
  async transactionOf(row: Row): Promise<TransactionView> {
    const known = this.#views.get(row.value);
    if (known !== undefined) return known;
    const wait = this.work.goOn();
    if (wait !== null) await wait;
    const record = isArrival(row.key) ? null : inlineTransaction(row, this.network);
    if (record === null) return this.#ownOnce(row);
    const view = new TransactionView(record, placeOf(row), this.network);
    this.#views.set(row.value, view);
    return view;
  }

  /** An unconfirmed transaction, pending or gone; null where it is forgotten. */
  async arrivedAt(arrival: Uint8Array, snapshot = this.snapshot): Promise<TransactionView | null> {
    const [[value], [departure]] = await Promise.all([
      this.store.get('pending', [arrival]),
      departuresOf(this.store, snapshot, [arrival]),
    ]);
    if (value == null) return null;
    return (await this.transactionOf({ key: arrival, value })).at({ departure: departure! });
  }

  /** What left with an arrival without being in a block; null where it is forgotten, or has come again in the meantime. */
  async removedAt(arrival: Uint8Array, snapshot = this.snapshot): Promise<TransactionView | null> {
    const removed = await this.arrivedAt(arrival, snapshot);
    if (removed === null || removed.departure === null) return null;
    const last = await this.transactionById(removed.txid, snapshot);
    return last !== null && equalBytes(last.position, arrival) ? last : null;
  }

  /**
   * The newest in a block, where an id stands in the chain twice (BIP 30), else the one that is pending, else the one that
   * went last and is not forgotten.
   */
  async transactionById(txid: Uint8Array, snapshot = this.snapshot): Promise<TransactionView | null> {
    const [inBlocks, pending, removed] = await Promise.all([
      this.#inBlocks('txid', txid, snapshot),
      pendingWith(this.store, snapshot, 'txid', txid),
      removedWith(this.store, snapshot, { kind: 'txid', key: txid }, MAX_REMOVALS),
    ]);
    const confirmed = await Promise.all(inBlocks.map((position) => this.transactionAt(position)));
    const newest = confirmed.findLast((candidate) => candidate !== null && hasTxid(candidate, txid));
    if (newest != null) return newest;
    for (const arrival of pending.toReversed()) {
      const view = await this.arrivedAt(arrival, snapshot);
      if (view !== null && hasTxid(view, txid)) return view;
    }
    for (const arrival of removed) {
      const view = await this.arrivedAt(arrival, snapshot);
      if (view !== null && view.departure !== null && hasTxid(view, txid)) return view;
    }
    return null;
  }

  /** The arrivals with which a transaction may have left without being in a block, the last first. */
  async removalsOf(txid: Uint8Array, snapshot = this.snapshot): Promise<Uint8Array[]> {
    const arrivals = await removedWith(this.store, snapshot, { kind: 'txid', key: txid }, MAX_REMOVALS);
    const departures = await departuresOf(this.store, snapshot, arrivals);
    return arrivals.filter((_, i) => departures[i] !== null);
  }

  /** A transaction that is or was in any block, stale ones among them: its bytes are the same in all. */
  async inAnyBlock(txid: Uint8Array): Promise<TransactionView | null> {
    const [positions] = await positionsFor(this.store, 'txid', [txid]);
    const values = await this.store.get('transactions', positions!);
    for (const [i, key] of positions!.entries()) {
      const view = values[i] == null ? null : await this.transactionOf({ key, value: values[i] });
      if (view !== null && hasTxid(view, txid)) return view;
    }
    return null;
  }

  /** Where a transaction may stand, in chain order: the index holds only the first half of its id. */
  positionsOf(txid: Uint8Array, snapshot = this.snapshot): Promise<Uint8Array[]> {
    return this.#positions('txid', txid, snapshot);
  }

  /**
   * The input that spends an output, confirmed or not; null while it is unspent.
   * @param output its transaction, and where that stands: one that was made again (BIP 30) stands in several blocks
   */
  async spenderOf(
    { txid, position }: Pick<TransactionView, 'txid' | 'position'>,
    index: number,
    snapshot = this.snapshot,
  ): Promise<Spender | null> {
    return this.#spenderOf(txid, index, snapshot, (copies) => copyAt(position, copies, snapshot));
  }

  /** The one that counts of those that spend what an input of the transaction at some position spends. */
  async spenderBeside({ previousTxid, previousIndex }: Input, position: Uint8Array): Promise<Spender | null> {
    return this.#spenderOf(previousTxid, previousIndex, this.snapshot, (copies) => {
      const copy = copies.findLast((one) => compareBlocks(one, position) <= 0);
      return copyAt(copy ?? position, copies, this.snapshot);
    });
  }

  /** Reads who spends outputs of a transaction before that is found, so that all of them come together. */
  async readSpendersAhead(txid: Uint8Array, outputs: OutputStretch): Promise<void> {
    const spenders = await this.#spends.readAhead(txid, outputs, this.snapshot);
    await Promise.all(spenders.map((spender) => this.transactionAt(spender)));
  }

  async #spenderOf(
    txid: Uint8Array,
    index: number,
    snapshot: Snapshot,
    copyIn: (copies: readonly Uint8Array[]) => Copy,
  ): Promise<Spender | null> {
    const [positions, copies] = await Promise.all([
      this.#spends.of(txid, index, snapshot),
      this.#copiesOf(txid, snapshot),
    ]);
    const copy = copyIn(copies);
    const mayBe = positions.filter((spender) => isBetween(spender, copy));
    const candidates = await Promise.all(mayBe.map((spender) => this.transactionAt(spender)));
    for (const transaction of candidates.filter((candidate) => candidate !== null)) {
      const inputIndex = transaction.inputSpending(txid, index);
      if (inputIndex !== null) return { transaction, inputIndex };
    }
    return null;
  }

  /** Where a transaction stands in blocks. */
  async #copiesOf(txid: Uint8Array, snapshot: Snapshot): Promise<Uint8Array[]> {
    const copies = await this.#inBlocks('txid', txid, snapshot);
    // Almost none is there twice, and then others may begin alike.
    if (copies.length < 2) return copies;
    const views = await Promise.all(copies.map((copy) => this.transactionAt(copy)));
    return copies.filter((_, i) => views[i] != null && hasTxid(views[i], txid));
  }

  /** When the node took a transaction into its mempool, in unix seconds; null where that is not known. */
  async firstSeenOf({ position, transaction, firstSeen }: TransactionView): Promise<number | null> {
    if (isArrival(position)) return firstSeen;
    const key = postingKey(postingPrefix('txid', transaction.txid), position);
    const [value] = await this.store.get('postings', [key]);
    return value == null ? null : decodeFirstSeen(value);
  }

  /** The visible postings of a kind and key, in chain order. */
  async #positions(kind: PostingKind, key: Uint8Array, snapshot: Snapshot): Promise<Uint8Array[]> {
    const [inBlocks, pending] = await Promise.all([
      this.#inBlocks(kind, key, snapshot),
      pendingWith(this.store, snapshot, kind, key),
    ]);
    return [...inBlocks, ...pending];
  }

  async #inBlocks(kind: PostingKind, key: Uint8Array, snapshot: Snapshot): Promise<Uint8Array[]> {
    const [positions] = await positionsFor(this.store, kind, [key]);
    return positions!.filter((position) => snapshot.seesKey(position));
  }

  /** A stale block may be there only in part: null. One of the main chain is whole. */
  async #lacking(place: Pick<Position, 'height' | 'fork'>): Promise<null> {
    return this.isOnMainChain(place) ? this.#missingBlock(place) : null;
  }

  async #missingBlock({ height, fork }: Pick<Position, 'height' | 'fork'>): Promise<never> {
    const key = blockKey(height, fork);
    const [block] = await this.store.get('blocks', [key]);
    throw new MissingRecordError(block == null ? 'blocks' : 'totals', key);
  }

  #ownOnce(row: Row): Promise<TransactionView> {
    const name = mapKey(row.key);
    const view = this.#own.get(name) ?? this.#read(row);
    this.#own.set(name, view);
    return view;
  }

  async #read(row: Row): Promise<TransactionView> {
    if (isArrival(row.key)) {
      const { firstSeen, ...record } = await readPending(this.store, row, this.network);
      return new TransactionView(record, { ...UNCONFIRMED, position: row.key, firstSeen }, this.network);
    }
    const [record] = await readTransactions(this.store, [row], this.network);
    return new TransactionView(record!, placeOf(row), this.network);
  }
}

/** Of one transaction: more cannot differ in their id, of which the index holds the first half. */
const MAX_REMOVALS = 8;

const UNCONFIRMED = { height: null, index: null, departure: null } as const;

/** Where a transaction stands that may have been made again, and where it was. */
interface Copy {
  readonly copy: Uint8Array | undefined;
  readonly next: Uint8Array | undefined;
}

/** The copy that stands at a position, and the one that follows it; the last one for what stands in no block of the chain. */
function copyAt(position: Uint8Array, copies: readonly Uint8Array[], snapshot: Snapshot): Copy {
  const isInBlock = !isArrival(position) && snapshot.seesKey(position);
  const copy = isInBlock ? position : copies.at(-1);
  const next = copies.find((other) => copy !== undefined && comparePositions(other, copy) > 0);
  return { copy, next };
}

/**
 * A spender is in no block before that of its output, and in one before that in which it is made again. Within a block it may stand
 * anywhere: those of BCH are sorted by transaction id. Unconfirmed ones come behind all blocks.
 */
function isBetween(spender: Uint8Array, { copy, next }: Copy): boolean {
  if (copy !== undefined && compareBlocks(spender, copy) < 0) return false;
  return next === undefined || compareBlocks(spender, next) < 0;
}

/** By the heights of the blocks that two positions lie in. */
function compareBlocks(a: Uint8Array, b: Uint8Array): number {
  return decodePosition(a).height - decodePosition(b).height;
}

/** Where the transaction of a row of a block stands. */
function placeOf({ key }: Row): TransactionPlace {
  const { height, index } = decodePosition(key);
  return { position: key, height, index, firstSeen: null, departure: null };
}
