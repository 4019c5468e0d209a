import { PAGE_LENGTH, pageOf, type TxidPage } from '../src/store/records/page.ts';

/** Gathers a block's txids into pages as its transactions come by. */
export class PagesOfBlock {
  readonly #count: number;
  #seen = 0;
  #txids: Uint8Array[] = [];

  constructor(transactionCount: number) {
    this.#count = transactionCount;
  }

  /** The page that this txid completes; null while it goes on. */
  add(txid: Uint8Array): (TxidPage & { readonly number: number }) | null {
    this.#txids.push(txid);
    this.#seen += 1;
    if (this.#txids.length < PAGE_LENGTH && this.#seen < this.#count) return null;
    const page = pageOf(this.#txids, this.#count);
    this.#txids = [];
    return { ...page, number: Math.floor((this.#seen - 1) / PAGE_LENGTH) };
  }
}
