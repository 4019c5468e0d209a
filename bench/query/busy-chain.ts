import { concatBytes, hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { BlockFileWriter } from '../chain/block-file-writer.ts';
import { type ChainFiles, type ChainTotals, cachedChain } from '../chain/chain-files.ts';
import { progressOf } from '../chain/progress.ts';
import { SyntheticChain } from '../chain/synthetic-chain.ts';
import type { MadeTransaction } from '../chain/transaction-maker.ts';
import { CraftedTransactions } from '../prices/crafted-transactions.ts';

const NETWORK = 'btc-regtest';
/** To be raised whenever the same number of transactions makes another chain. */
const VERSION = 1;
const BLOCK_SIZE = 2_000;
/** The first blocks that can hold more than a coinbase grow by this, while there is little to spend. */
const GROWTH = 200;
/** Of all transactions, how many pay the busiest address and say words. */
const WAGE_SHARE = 0.2;
const KNOWN_TXIDS = 2_000;
/** The number of the address that earns the wages; nobody else pays it. */
export const EARNER = 2e9;

/** What is known of the chain that questions are asked about. */
export interface Landmarks {
  /** In display order, spread over the chain. */
  readonly txids: readonly string[];
  /** How many transactions pay the busiest address. */
  readonly wages: number;
  readonly tipHeight: number;
}

export interface BusyChain extends ChainFiles {
  readonly landmarks: Landmarks;
}

/**
 * The block files of a chain of ordinary transactions, in which a fifth pays one address and carries data with words that occur in
 * all of these, in one half of them, in few, or in one; made once for each number of transactions.
 */
export function busyChain(transactions: number, cache: string | null): BusyChain {
  const name = `${NETWORK}-query-${transactions}-${VERSION}`;
  return cachedChain(name, cache, NETWORK, (folder) => new Maker(transactions).make(folder));
}

class Maker {
  readonly #wanted: number;
  readonly #chain = new SyntheticChain(networkById(NETWORK), 'query');
  readonly #crafted = new CraftedTransactions(this.#chain);
  readonly #earner = this.#chain.transactions.addresses.scriptOf(EARNER);
  readonly #txids: string[] = [];
  #wages = 0;

  constructor(transactions: number) {
    this.#wanted = transactions;
  }

  make(folder: string): ChainTotals & { readonly landmarks: Landmarks } {
    const { magic, coinbaseMaturity } = networkById(NETWORK);
    using files = new BlockFileWriter(folder, magic);
    const progress = progressOf(`chain of ${this.#wanted} transactions`, this.#wanted);
    while (this.#chain.totals.transactions < this.#wanted) {
      const mature = this.#chain.height - coinbaseMaturity;
      const left = this.#wanted - this.#chain.totals.transactions;
      files.append(this.#block(mature <= 0 ? 1 : Math.min(left, BLOCK_SIZE, GROWTH * mature)));
      progress(this.#chain.totals.transactions);
    }
    const landmarks = { txids: this.#txids, wages: this.#wages, tipHeight: this.#chain.height - 1 };
    return { ...this.#chain.totals, landmarks };
  }

  #block(count: number): Uint8Array {
    const contents = this.#chain.begin();
    const parts: Uint8Array[] = [];
    while (contents.count < count - 1) {
      const made = contents.count === 0 ? this.#chain.transactions.payout() : this.#next();
      contents.add(made);
      parts.push(made.bytes);
      this.#note(made);
    }
    return concatBytes(this.#chain.finish(contents), ...parts);
  }

  #next(): MadeTransaction {
    const { random, transactions } = this.#chain;
    return random.chance(WAGE_SHARE) ? this.#crafted.wage(this.#earner, this.#wages++) : transactions.ordinary();
  }

  #note({ txid }: MadeTransaction): void {
    if (this.#chain.random.chance(KNOWN_TXIDS / this.#wanted)) this.#txids.push(hashToHex(txid));
  }
}
