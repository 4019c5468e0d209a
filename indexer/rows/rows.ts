import { isCoinless } from '../../src/chain/coinless.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { Network } from '../../src/chain/networks.ts';
import { isUnspendable } from '../../src/chain/script.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { encodePage, encodeTotals } from '../../src/store/blocks.ts';
import { type ContentPosting, contentPostings } from '../../src/store/content-postings.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import { blockKey, encodePosition, pageKey } from '../../src/store/position.ts';
import {
  lockKey,
  POSTING_KINDS,
  type PostingFamily,
  type PostingKind,
  writeFirstSeen,
  writeIndexedLength,
  writeLockSums,
  writeOutpoint,
} from '../../src/store/postings.ts';
import type { Batch, Table } from '../../src/store/store.ts';
import { addTransaction, knownOutput, type TransactionTables } from '../../src/store/transactions.ts';
import type { BlockPart } from '../blocks/parts.ts';
import type { PlacedBlock } from '../chain/placed-blocks.ts';
import { SumsByLock, TotalsOfBlock } from './sums.ts';

/** Rows gathered for one write, by table. */
export class RowGroup implements TransactionTables {
  readonly totals: RowPacker;
  readonly pages: RowPacker;
  readonly transactions: RowPacker;
  readonly payloads: RowPacker;
  readonly postings: RowPacker;

  /** @param spare a batch that is no longer needed, whose memory is used again */
  constructor(spare?: Batch) {
    this.totals = new RowPacker(spare?.get('totals'));
    this.pages = new RowPacker(spare?.get('pages'));
    this.transactions = new RowPacker(spare?.get('transactions'));
    this.payloads = new RowPacker(spare?.get('payloads'));
    this.postings = new RowPacker(spare?.get('postings'));
  }

  finish(): Batch {
    const { totals, pages, transactions, payloads, postings } = this;
    const tables = Object.entries({ totals, pages, transactions, payloads, postings });
    return new Map(tables.map(([table, packer]) => [table as Table, packer.finish()]));
  }
}

/** What is needed to make the rows of all blocks. */
export interface RowContext {
  readonly network: Network;
  /** The families of postings that the index has. */
  readonly families: ReadonlySet<PostingFamily>;
  /** When a pending transaction entered the mempool, in seconds since 1970; null for any other. */
  readonly firstSeen: (txid: Uint8Array) => number | null;
}

/** Makes the rows of a block, one part at a time. Its `blocks` row, which determines its fork, is written before. */
export class BlockRows {
  readonly #block: PlacedBlock;
  readonly #context: RowContext;
  readonly #totals: TotalsOfBlock;
  readonly #isCoinless: boolean;

  constructor(block: PlacedBlock, transactionCount: number, context: RowContext) {
    this.#block = block;
    this.#context = context;
    this.#totals = new TotalsOfBlock(transactionCount);
    this.#isCoinless = isCoinless(block);
  }

  /**
   * @param spent for each transaction of the part the outputs that it spends, in input order; null for an unknown one
   */
  add(part: BlockPart, spent: readonly (readonly (SpentOutput | null)[])[], rows: RowGroup): void {
    const { height, fork, header } = this.#block;
    const { network, families } = this.#context;
    if (part.first === 0) addBlockPosting(header.hash, encodePosition({ height, fork, index: 0 }), rows);
    for (let i = 0; i < part.transactions.length; i++) {
      const transaction = part.transactions[i]!;
      const position = encodePosition({ height, fork, index: part.first + i });
      const hasCoins = !(this.#isCoinless && transaction.isCoinbase);
      const firstSeen = this.#context.firstSeen(transaction.txid);
      const placed = { transaction, spent: spent[i]!, position, height, network, families, hasCoins, firstSeen };
      addTransaction(position, placed, rows);
      addPostings(placed, rows);
      this.#totals.add(transaction, spent[i]!);
    }
    for (const page of part.pages) rows.pages.add({ key: pageKey(height, fork, page.number), value: encodePage(page) });
    if (part.isLast) rows.totals.add({ key: blockKey(height, fork), value: encodeTotals(this.#totals.sums) });
  }
}

interface PlacedTransaction {
  readonly transaction: Transaction;
  readonly spent: readonly (SpentOutput | null)[];
  readonly position: Uint8Array;
  /** Height of its block; for an unconfirmed transaction, of the next block. */
  readonly height: number;
  readonly network: Network;
  /** The families of postings that are made. */
  readonly families: ReadonlySet<PostingFamily>;
  /** Whether its outputs entered the set of unspent ones. */
  readonly hasCoins: boolean;
  /**
   * When the node took it into its mempool, in seconds since 1970; null if that is not known, or is recorded elsewhere.
   */
  readonly firstSeen: number | null;
}

/** The table to which postings are added. */
type PostingTable = Pick<RowGroup, 'postings'>;

/** All postings of a transaction. */
export function addPostings(placed: PlacedTransaction, rows: PostingTable): void {
  const { transaction, position } = placed;
  beginPosting('txid', transaction.txid, position, rows.postings);
  writeFirstSeen(placed.firstSeen, rows.postings.bytes);
  rows.postings.endRow();
  addSpends(placed, rows);
  addLocks(placed, rows);
  addContents(contentPostings(transaction, placed.network, placed.families), position, rows);
}

function addSpends({ transaction, position }: PlacedTransaction, { postings }: PostingTable): void {
  if (transaction.isCoinbase) return;
  for (const { previousTxid, previousIndex } of transaction.inputs) {
    writeOutpoint(previousTxid, previousIndex, postings.bytes.u8(POSTING_KINDS.spend.tag)).bytes(position);
    postings.endKey().endRow();
  }
}

/** One row for each locking script: how much the transaction pays to it and spends from it. */
function addLocks(
  { transaction, spent, position, height, network, hasCoins }: PlacedTransaction,
  rows: PostingTable,
): void {
  const sums = new SumsByLock();
  for (const { lockingScript, value } of transaction.outputs) {
    if (!isUnspendable(lockingScript, network, height)) sums.receive(lockKey(lockingScript), hasCoins ? value : null);
  }
  for (const output of spent) {
    if (output !== null) sums.spend(lockKey(knownOutput(output, network).lockingScript), output.value);
  }
  for (const { key, received, spent } of sums.all) {
    beginPosting('lock', key, position, rows.postings);
    writeLockSums(received, spent, rows.postings.bytes);
    rows.postings.endRow();
  }
}

/** One row for each posting of a transaction by what it contains. */
export function addContents(
  contents: Iterable<ContentPosting>,
  position: Uint8Array,
  { postings }: PostingTable,
): void {
  for (const { prefix, length } of contents) {
    postings.bytes.bytes(prefix).bytes(position);
    postings.endKey();
    writeIndexedLength(length, postings.bytes);
    postings.endRow();
  }
}

/** The posting that leads to a block, at the position of its first transaction. */
export function addBlockPosting(hash: Uint8Array, position: Uint8Array, { postings }: PostingTable): void {
  beginPosting('block', hash, position, postings);
  postings.endRow();
}

/** Writes a posting's key; its value must follow. */
function beginPosting(kind: PostingKind, key: Uint8Array, position: Uint8Array, postings: RowPacker): void {
  const { tag, length } = POSTING_KINDS[kind];
  postings.bytes.u8(tag).padded(key, length).bytes(position);
  postings.endKey();
}
