import DataLoader from 'dataloader';
import { equalBytes, mapKey } from '../chain/bytes.ts';
import type { BlockHeader } from '../chain/header.ts';
import { type Network, networkById } from '../chain/networks.ts';
import type { Transaction } from '../chain/transaction.ts';
import { BitqlError } from '../errors.ts';
import { hasTxid, positionsFor } from '../store/lookup.ts';
import { blockKey, comparePositions, decodePosition } from '../store/position.ts';
import { outpointKey } from '../store/postings.ts';
import { decodeBlock } from '../store/records/block.ts';
import { type BlockTotals, decodeTotals } from '../store/records/totals.ts';
import { type KnownOutput, readTransactions } from '../store/records/transaction.ts';
import { Snapshot } from '../store/snapshot.ts';
import { decodeState } from '../store/state.ts';
import type { ReadStore, Row } from '../store/store.ts';
import { CoalescedStore } from './coalesced-store.ts';

/** A block of the main chain. */
export interface BlockView {
  readonly height: number;
  /** Internal byte order. */
  readonly hash: Uint8Array;
  readonly header: BlockHeader;
  /** In seconds; null where the index does not know the blocks before. */
  readonly medianTime: number | null;
  readonly chainWork: bigint | null;
  readonly totals: BlockTotals;
}

/** A confirmed transaction. */
export interface TransactionView {
  readonly position: Uint8Array;
  readonly height: number;
  /** In its block. */
  readonly index: number;
  readonly transaction: Transaction;
  /** The outputs that it spends, in input order; null for one that is not known. Empty for a coinbase. */
  readonly spent: readonly (KnownOutput | null)[];
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
  /** Decoded once, however often a request comes across it. */
  readonly #transactions: DataLoader<Row, TransactionView, string>;

  private constructor(store: ReadStore, snapshot: Snapshot) {
    this.store = store;
    this.snapshot = snapshot;
    this.network = networkById(snapshot.state.network);
    this.#transactions = new DataLoader(async (rows) => this.#decode(rows), {
      cacheKeyFn: ({ key }) => mapKey(key),
    });
  }

  /** @throws NOT_SYNCED where no indexer ever wrote to the store */
  static async open(store: ReadStore): Promise<ChainReader> {
    const record = await store.readState();
    if (record === null) {
      throw new BitqlError(
        'NOT_SYNCED',
        'The store is empty: start the indexer (bitql index, or bitql up) and try again.',
      );
    }
    return new ChainReader(new CoalescedStore(store), Snapshot.latest(decodeState(record.value)));
  }

  async blockAt(height: number): Promise<BlockView | null> {
    if (!this.snapshot.covers(height)) return null;
    const key = blockKey(height, this.snapshot.mainFork(height));
    const [[block], [totals]] = await Promise.all([this.store.get('blocks', [key]), this.store.get('totals', [key])]);
    if (block == null || totals == null) throw missing(`block ${height}`);
    return { height, ...decodeBlock(block), totals: decodeTotals(totals) };
  }

  async blockByHash(hash: Uint8Array): Promise<BlockView | null> {
    const [positions] = await positionsFor(this.store, 'block', [hash]);
    const seen = positions!.find((position) => this.snapshot.seesKey(position));
    const block = seen === undefined ? null : await this.blockAt(decodePosition(seen).height);
    return block !== null && equalBytes(block.hash, hash) ? block : null;
  }

  /** The transaction at a position that is known to hold one. */
  async transactionAt(position: Uint8Array): Promise<TransactionView> {
    const [value] = await this.store.get('transactions', [position]);
    if (value == null) throw missing(`transaction ${JSON.stringify(decodePosition(position))}`);
    return this.transactionOf({ key: position, value });
  }

  /** The transaction of a row that was read already. */
  transactionOf(row: Row): Promise<TransactionView> {
    return this.#transactions.load(row);
  }

  /** The newest, where an id stands in the chain twice (BIP 30). */
  async transactionById(txid: Uint8Array): Promise<TransactionView | null> {
    const candidates = await Promise.all(
      (await this.positionsOf(txid)).map((position) => this.transactionAt(position)),
    );
    return candidates.findLast((candidate) => hasTxid(candidate, txid)) ?? null;
  }

  /** Where a transaction may stand, in chain order: the index holds only the first half of its id. */
  async positionsOf(txid: Uint8Array): Promise<Uint8Array[]> {
    const [positions] = await positionsFor(this.store, 'txid', [txid]);
    return positions!.filter((position) => this.snapshot.seesKey(position)).sort(comparePositions);
  }

  /** The input that spends an output; null while it is unspent. */
  async spenderOf(txid: Uint8Array, index: number, snapshot = this.snapshot): Promise<Spender | null> {
    const [positions] = await positionsFor(this.store, 'spend', [outpointKey(txid, index)]);
    const seen = positions!.filter((position) => snapshot.seesKey(position));
    const candidates = await Promise.all(seen.map((position) => this.transactionAt(position)));
    for (const transaction of candidates) {
      const inputIndex = transaction.transaction.inputs.findIndex(
        (input) => input.previousIndex === index && equalBytes(input.previousTxid, txid),
      );
      if (inputIndex >= 0) return { transaction, inputIndex };
    }
    return null;
  }

  async #decode(rows: readonly Row[]): Promise<TransactionView[]> {
    const records = await readTransactions(this.store, rows, this.network);
    return records.map((record, i) => {
      const position = rows[i]!.key;
      const { height, index } = decodePosition(position);
      return { ...record, position, height, index };
    });
  }
}

function missing(what: string): BitqlError {
  return new BitqlError('STORE_DAMAGED', `The store lacks ${what}, which it says it has: index into a new one.`);
}
