import { equalBytes, mapKey } from '../chain/bytes.ts';
import type { Input } from '../chain/inputs-outputs.ts';
import { type Network, networkById } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import { isArrival } from '../store/commit-number.ts';
import { departuresOf } from '../store/departures.ts';
import { MissingRecordError } from '../store/errors.ts';
import { readPending } from '../store/pending.ts';
import { decodePosition } from '../store/position.ts';
import { decodeFirstSeen, type PostingKind, positionsFor, postingKey, postingPrefix } from '../store/postings.ts';
import { Snapshot } from '../store/snapshot.ts';
import { type BlockRef, decodeState } from '../store/state.ts';
import type { ReadStore, Row } from '../store/store.ts';
import { hasTxid, inlineTransaction, readTransactions } from '../store/transactions.ts';
import type { TimeLimit } from '../waiting.ts';
import { BlockReader } from './block-reader.ts';
import { CoalescedStore } from './coalesced-store.ts';
import { pendingWith, removedWith } from './pending-postings.ts';
import { SharedStore } from './shared-store.ts';
import { type Copy, compareBlocks, copyAt, isBetween, type OutputStretch, SpendIndex } from './spends.ts';
import { type TransactionPlace, TransactionView } from './transaction-view.ts';
import { FREE_WORK, type Work } from './work.ts';

export interface Spender {
  readonly transaction: TransactionView;
  readonly inputIndex: number;
}

/** Reads the chain for one request, all from one snapshot. Reads of the same tick go to the store together. */
export class ChainReader extends BlockReader {
  readonly network: Network;
  /** Counts the work for the request. */
  readonly work: Work;
  /** Decoded once for all requests that get the same row. */
  readonly #views: WeakMap<Uint8Array, TransactionView>;
  /** Unconfirmed transactions, and those in pieces, decoded once for this request. */
  readonly #own = new Map<string, Promise<TransactionView>>();
  readonly #spends: SpendIndex;

  private constructor(store: ReadStore, snapshot: Snapshot, work: Work, views: WeakMap<Uint8Array, TransactionView>) {
    super(store, snapshot);
    this.work = work;
    this.network = networkById(snapshot.state.network);
    this.#views = views;
    this.#spends = new SpendIndex(store);
  }

  /**
   * @param timeLimit ends all reads early, with its reason
   * @param work counts all work
   * @throws NOT_SYNCED if no indexer has written to the store
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

  /** Reads from an existing snapshot. */
  static at(store: ReadStore, snapshot: Snapshot, timeLimit?: TimeLimit, work: Work = FREE_WORK): ChainReader {
    const views = store instanceof SharedStore ? store.views : new WeakMap<Uint8Array, TransactionView>();
    return new ChainReader(new CoalescedStore(store, timeLimit, work), snapshot, work, views);
  }

  /** The same chain when one of its blocks was the tip. Reads of the same tick go to the store together, as those of this reader. */
  past(tip: BlockRef): ChainReader {
    return new ChainReader(this.store, this.snapshot.past(tip), this.work, this.#views);
  }

  /**
   * The transaction at a position that the index led to. Null if it was unconfirmed and has been removed from the store.
   */
  async transactionAt(position: Uint8Array): Promise<TransactionView | null> {
    const [value] = await this.store.get(isArrival(position) ? 'pending' : 'transactions', [position]);
    if (value != null) return this.transactionOf({ key: position, value });
    if (isArrival(position)) return null;
    throw new MissingRecordError('transactions', position);
  }

  /** The transaction of a row that has been read. */
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

  /** An unconfirmed transaction, pending or departed; null if it is no longer stored. */
  async arrivedAt(arrival: Uint8Array, snapshot = this.snapshot): Promise<TransactionView | null> {
    const [[value], [departure]] = await Promise.all([
      this.store.get('pending', [arrival]),
      departuresOf(this.store, snapshot, [arrival]),
    ]);
    if (value == null) return null;
    return (await this.transactionOf({ key: arrival, value })).at({ departure: departure! });
  }

  /** The transaction with an arrival that left the mempool without being in a block; null if it is no longer stored, or has come back. */
  async removedAt(arrival: Uint8Array, snapshot = this.snapshot): Promise<TransactionView | null> {
    const removed = await this.arrivedAt(arrival, snapshot);
    if (removed === null || removed.departure === null) return null;
    const last = await this.transactionById(removed.txid, snapshot);
    return last !== null && equalBytes(last.position, arrival) ? last : null;
  }

  /**
   * The newest transaction in a block (an id can be in the chain twice, BIP 30), else the pending one, else the one that
   * departed last and is still stored.
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

  /** Arrivals of a transaction that left the mempool without being in a block, the last first; candidates only. */
  async removalsOf(txid: Uint8Array, snapshot = this.snapshot): Promise<Uint8Array[]> {
    const arrivals = await removedWith(this.store, snapshot, { kind: 'txid', key: txid }, MAX_REMOVALS);
    const departures = await departuresOf(this.store, snapshot, arrivals);
    return arrivals.filter((_, i) => departures[i] !== null);
  }

  /** A transaction that is or was in any block, including stale ones: its bytes are the same in all. */
  async inAnyBlock(txid: Uint8Array): Promise<TransactionView | null> {
    const [positions] = await positionsFor(this.store, 'txid', [txid]);
    const values = await this.store.get('transactions', positions!);
    for (const [i, key] of positions!.entries()) {
      const view = values[i] == null ? null : await this.transactionOf({ key, value: values[i] });
      if (view !== null && hasTxid(view, txid)) return view;
    }
    return null;
  }

  /** Positions of candidates for a transaction, in chain order: the index holds only the first half of its id. */
  positionsOf(txid: Uint8Array, snapshot = this.snapshot): Promise<Uint8Array[]> {
    return this.#positions('txid', txid, snapshot);
  }

  /**
   * The input that spends an output, confirmed or not; null while it is unspent.
   * @param output its transaction and position, because a duplicated transaction (BIP 30) is in several blocks
   */
  async spenderOf(
    { txid, position }: Pick<TransactionView, 'txid' | 'position'>,
    index: number,
    snapshot = this.snapshot,
  ): Promise<Spender | null> {
    return this.#spenderOf(txid, index, snapshot, (copies) => copyAt(position, copies, snapshot));
  }

  /** The input that counts among those that spend the same output as an input of the transaction at `position`. */
  async spenderBeside({ previousTxid, previousIndex }: Input, position: Uint8Array): Promise<Spender | null> {
    return this.#spenderOf(previousTxid, previousIndex, this.snapshot, (copies) => {
      const copy = copies.findLast((one) => compareBlocks(one, position) <= 0);
      return copyAt(copy ?? position, copies, this.snapshot);
    });
  }

  /** Reads the spenders of a transaction's outputs in advance, so that all of them are read together. */
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

  /** The positions of a transaction in blocks. */
  async #copiesOf(txid: Uint8Array, snapshot: Snapshot): Promise<Uint8Array[]> {
    const copies = await this.#inBlocks('txid', txid, snapshot);
    // Several are rare: duplicates, or other ids with the same first half.
    if (copies.length < 2) return copies;
    const views = await Promise.all(copies.map((copy) => this.transactionAt(copy)));
    return copies.filter((_, i) => views[i] != null && hasTxid(views[i], txid));
  }

  /** When the node took a transaction into its mempool, in unix seconds; null if it is not known. */
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

/** The most departures of a transaction that are read. */
const MAX_REMOVALS = 8;

const UNCONFIRMED = { height: null, index: null, departure: null } as const;

/** The place of the transaction of a row of `transactions`. */
function placeOf({ key }: Row): TransactionPlace {
  const { height, index } = decodePosition(key);
  return { position: key, height, index, firstSeen: null, departure: null };
}
