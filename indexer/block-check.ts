import { equalBytes } from '../src/chain/bytes.ts';
import type { BlockHeader } from '../src/chain/header.ts';
import { MerkleStack, WitnessCheck } from '../src/chain/merkle.ts';
import type { Network } from '../src/chain/networks.ts';
import type { Transaction } from '../src/chain/transaction.ts';
import { PAGE_LENGTH, PAGE_LEVELS, type TxidPage } from '../src/store/blocks.ts';

/** A page of a block's txids, with its number. */
export interface NumberedPage extends TxidPage {
  readonly number: number;
}

/**
 * Checks the transactions of a block against its header, one after the other, and makes the pages of their txids. Both
 * need the merkle tree, so its hashes are made once.
 */
export class BlockCheck {
  readonly #header: BlockHeader;
  readonly #count: number;
  readonly #upper = new MerkleStack();
  readonly #witnesses: WitnessCheck | null;
  #lower = new MerkleStack();
  #hasTwins = false;
  #txids: Uint8Array[] = [];
  #seen = 0;

  /** @param count number of all transactions of the block */
  constructor(header: BlockHeader, count: number, network: Network) {
    this.#header = header;
    this.#count = count;
    this.#witnesses = network.segwit ? new WitnessCheck() : null;
  }

  /** The page that this transaction completes; null while the page is not full. */
  add(transaction: Transaction): NumberedPage | null {
    this.#witnesses?.add(transaction);
    this.#lower.add(transaction.txid);
    this.#txids.push(transaction.txid);
    this.#seen += 1;
    if (this.#txids.length < PAGE_LENGTH && this.#seen < this.#count) return null;
    return this.#endPage();
  }

  /** After the last transaction, what is wrong with the block; null if it matches its header. Call it once. */
  damage(): string | null {
    if (this.#seen < this.#count) return `it has ${this.#seen} transactions of ${this.#count}`;
    if (!equalBytes(this.#upper.root(), this.#header.merkleRoot)) {
      return 'its transactions do not match the merkle root in its header';
    }
    if (this.#hasTwins || this.#upper.hasTwins) return 'some of its transactions occur twice (CVE-2012-2459)';
    if (this.#witnesses?.isKept() === false)
      return 'its witness data does not match the commitment in its coinbase (BIP 141)';
    return null;
  }

  #endPage(): NumberedPage {
    // A single page ends where its tree ends; if there are several, each is a whole subtree.
    const root = this.#lower.root(this.#count <= PAGE_LENGTH ? 0 : PAGE_LEVELS);
    const page = { root, txids: this.#txids, number: Math.floor((this.#seen - 1) / PAGE_LENGTH) };
    this.#upper.add(root);
    this.#hasTwins ||= this.#lower.hasTwins;
    this.#lower = new MerkleStack();
    this.#txids = [];
    return page;
  }
}
