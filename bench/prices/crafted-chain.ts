import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from '../../src/chain/address.ts';
import { concatBytes, hashToHex, toHex } from '../../src/chain/bytes.ts';
import { HEADER_SIZE } from '../../src/chain/header.ts';
import { type Network, networkById } from '../../src/chain/networks.ts';
import { BlockFileWriter } from '../chain/block-file-writer.ts';
import { type ChainFiles, type ChainTotals, cachedChain } from '../chain/chain-files.ts';
import { progressOf } from '../chain/progress.ts';
import { SyntheticChain } from '../chain/synthetic-chain.ts';
import type { MadeTransaction } from '../chain/transaction-maker.ts';
import { CraftedTransactions } from './crafted-transactions.ts';

const NETWORK = 'btc-regtest';
/** To be raised whenever the same scale makes another chain. */
const VERSION = 4;

/** The amounts at scale 1. */
const FULL = {
  ordinary: 20_000,
  blockSize: 2_000,
  outputs: 90_000,
  pushes: 98_000,
  textBytes: 1_000_000,
  inputs: 5_000,
  witnessItems: 100,
  witnessInputs: 1_000,
  wages: 20_000,
  late: 8_000,
  pending: 2_000,
  replaced: 300,
  line: 25,
  children: 500,
} as const;
const PUSH_OUTPUTS = 10;
const LATE_BLOCKS = 8;
const FOUND_TXIDS = 1_000;
const FOUND_ADDRESSES = 1_000;
/** A less busy one of the busiest addresses. */
const ORDINARY = 20;

/** The places of the queried objects in the chain; ids in display-order hex. */
export interface Landmarks {
  readonly outputs: string;
  readonly pushes: string;
  readonly pushesTenTimes: string;
  readonly text: string;
  readonly inputs: string;
  readonly witness: string;
  /** Pending; it replaced many that spent the same output. */
  readonly replacing: string;
  /** Pending: the last of a line of 25, and one that 500 others spend from. */
  readonly endOfLine: string;
  readonly parent: string;
  /** 1,000 ordinary ones. */
  readonly txids: readonly string[];
  /** 1,000 ordinary ones. */
  readonly addresses: readonly string[];
  /** It has 20,000 transactions. */
  readonly busyAddress: string;
  /** It has some. */
  readonly ordinaryAddress: string;
  /** A height with a full block of ordinary transactions. */
  readonly ordinaryHeight: number;
  readonly tipHeight: number;
  /** The number of transaction events in the log. */
  readonly events: number;
}

/** The blocks and transactions that the node gets only after the rest is indexed, as hex. */
export interface Late {
  /** Of all blocks. */
  readonly headers: readonly string[];
  /** The last ones. */
  readonly blocks: readonly string[];
  readonly pending: readonly string[];
  /** Pending at first; in the end, only the one that replaced them is. */
  readonly replaced: readonly string[];
  readonly replacing: string;
}

export const LATE_FILE = 'late.json';

export interface CraftedChain extends ChainFiles {
  readonly landmarks: Landmarks;
}

/**
 * The block files of a chain with ordinary transactions and with crafted, expensive ones, and the blocks and transactions that come
 * later; made once for each scale.
 */
export function craftedChain(scale: number, cache: string | null): CraftedChain {
  const name = `${NETWORK}-prices-${scale}-${VERSION}`;
  return cachedChain(name, cache, NETWORK, (folder) => new Maker(folder, scale).make());
}

type Counts = Readonly<Record<keyof typeof FULL, number>>;

class Maker {
  readonly #folder: string;
  readonly #counts: Counts;
  readonly #chain = new SyntheticChain(networkById(NETWORK), 'prices');
  readonly #crafted = new CraftedTransactions(this.#chain);
  readonly #headers: string[] = [];
  readonly #txids: string[] = [];

  constructor(folder: string, scale: number) {
    this.#folder = folder;
    const scaled = Object.entries(FULL).map(([name, count]) => [name, Math.max(1, Math.ceil(count * scale))]);
    this.#counts = Object.fromEntries(scaled) as Counts;
  }

  make(): ChainTotals & { readonly landmarks: Landmarks } {
    const network = networkById(NETWORK);
    using files = new BlockFileWriter(this.#folder, network.magic);
    const append = (block: Uint8Array) => files.append(this.#noted(block));
    while (this.#chain.height <= network.coinbaseMaturity) append(this.#chain.block(1));
    const { ordinary, blockSize, wages } = this.#counts;
    const progress = progressOf('chain of crafted transactions', ordinary + wages);
    while (this.#chain.totals.transactions < ordinary) {
      append(this.#chain.block(blockSize));
      progress(this.#chain.totals.transactions);
    }
    const ordinaryHeight = this.#chain.height - 1;
    const busy = this.#chain.transactions.addresses.scriptOf(this.#chain.transactions.addresses.choose());
    for (let n = 0; n < wages; n += blockSize) {
      const count = Math.min(blockSize, wages - n);
      append(this.#block(() => Array.from({ length: count }, (_, i) => this.#wage(busy, n + i))));
      progress(ordinary + n);
    }
    const landmarks = this.#landmarks(append);
    const totals = { ...this.#chain.totals };
    const { late, marks } = this.#late();
    writeFileSync(join(this.#folder, LATE_FILE), JSON.stringify(late));
    return {
      ...totals,
      landmarks: {
        ...landmarks,
        ...marks,
        addresses: this.#addresses(network),
        txids: this.#txids.slice(0, FOUND_TXIDS),
        busyAddress: addressOf(busy, network)!,
        ordinaryAddress: addressOf(this.#chain.transactions.addresses.scriptOf(ORDINARY), network)!,
        ordinaryHeight,
        tipHeight: this.#chain.height - 1,
        events: this.#counts.late + late.pending.length,
      },
    };
  }

  /** Each in a block of its own. */
  #landmarks(append: (block: Uint8Array) => void) {
    const { outputs, pushes, textBytes, inputs, witnessItems, witnessInputs } = this.#counts;
    const alone = (make: () => MadeTransaction) => {
      const block = this.#block(() => [make()]);
      append(block);
      return this.#txids.at(-1)!;
    };
    return {
      outputs: alone(() => this.#crafted.outputs(outputs)),
      pushes: alone(() => this.#crafted.pushes(pushes, 1)),
      pushesTenTimes: alone(() => this.#crafted.pushes(pushes, PUSH_OUTPUTS)),
      text: alone(() => this.#crafted.text(textBytes)),
      inputs: alone(() => this.#crafted.inputs(inputs)),
      witness: alone(() => this.#crafted.witnessItems(witnessItems, witnessInputs)),
    };
  }

  #late(): { late: Late; marks: Pick<Landmarks, 'replacing' | 'endOfLine' | 'parent'> } {
    const { late, pending, replaced } = this.#counts;
    const { transactions } = this.#chain;
    const size = Math.ceil(late / LATE_BLOCKS);
    const blocks = Array.from({ length: LATE_BLOCKS }, () => this.#noted(this.#chain.block(size)));
    const coins = Array.from({ length: pending + replaced }, () => transactions.coin());
    const fought = coins.splice(0, replaced);
    const simple = (coin: (typeof coins)[number]) => toHex(transactions.make([coin], 2, null).bytes);
    const replacing = this.#crafted.merge(fought);
    const line = this.#crafted.line(this.#counts.line);
    const family = this.#crafted.family(this.#counts.children);
    const idOf = ({ txid }: MadeTransaction) => hashToHex(txid);
    const marks = { replacing: idOf(replacing), endOfLine: idOf(line.at(-1)!), parent: idOf(family[0]!) };
    const ofNode = {
      headers: this.#headers,
      blocks: blocks.map(toHex),
      // Parents first, as a node gets them.
      pending: [...coins.map(simple), ...[...line, ...family].map(({ bytes }) => toHex(bytes))],
      replaced: fought.map(simple),
      replacing: toHex(replacing.bytes),
    };
    return { late: ofNode, marks };
  }

  /** Different ones; some scripts have none. */
  #addresses(network: Network): string[] {
    const numbers = Array.from({ length: 2 * FOUND_ADDRESSES }, (_, number) => number);
    const all = numbers.map((number) => addressOf(this.#chain.transactions.addresses.scriptOf(number), network));
    return all.filter((address) => address !== null).slice(0, FOUND_ADDRESSES);
  }

  #wage(script: Uint8Array, n: number): MadeTransaction {
    return this.#crafted.wage(script, n);
  }

  /** @param make makes transactions from the outputs that may be spent by then */
  #block(make: () => readonly MadeTransaction[]): Uint8Array {
    const contents = this.#chain.begin();
    const made = make();
    for (const transaction of made) {
      contents.add(transaction);
      this.#txids.push(hashToHex(transaction.txid));
    }
    return concatBytes(this.#chain.finish(contents), ...made.map(({ bytes }) => bytes));
  }

  #noted(block: Uint8Array): Uint8Array {
    this.#headers.push(toHex(block.subarray(0, HEADER_SIZE)));
    return block;
  }
}
