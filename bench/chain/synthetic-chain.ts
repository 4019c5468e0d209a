import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { merkleRootOfProof } from '../../src/chain/merkle.ts';
import type { Network } from '../../src/chain/networks.ts';
import type { ChainTotals } from './chain-files.ts';
import { encodeCoinbase, subsidyAt, witnessCommitment } from './coinbase.ts';
import { BlockContents } from './coinbase-branch.ts';
import type { Coin } from './coins.ts';
import type { EncodedTransaction, NewOutput } from './encode.ts';
import { Random } from './random.ts';
import { TransactionMaker } from './transaction-maker.ts';

const VERSION = 0x2000_0000;
const BITS = 0x207f_ffff;
const FIRST_TIME = 1_700_000_000;
const BLOCK_SECONDS = 600;
/** How many blocks are stamped earlier than the one before, and by how much at most: median times still go up. */
const EARLY_SHARE = 0.1;
const MAX_EARLY_SECONDS = 1_500;
/** How many addresses the miners have. */
const MINERS = 20;

/** Makes the blocks of a chain, one after the other: `begin`, transactions, `finish`. */
export class SyntheticChain {
  readonly random: Random;
  readonly transactions: TransactionMaker;
  /** The height of the next block. */
  height = 0;
  readonly #network: Network;
  #previousHash: Uint8Array = new Uint8Array(32);
  /** The immature coinbases, lowest first. */
  readonly #immature: Coin[] = [];
  readonly #totals = { blocks: 0, transactions: 0, inputs: 0, outputs: 0, bytes: 0 };

  constructor(network: Network, seed: string) {
    this.#network = network;
    this.random = new Random(seed);
    this.transactions = new TransactionMaker(this.random, network);
  }

  get totals(): ChainTotals {
    return this.#totals;
  }

  /** A whole block with that many ordinary transactions, among them the coinbase. */
  block(transactionCount: number): Uint8Array {
    const contents = this.begin();
    const parts: Uint8Array[] = [];
    while (contents.count < transactionCount - 1) {
      const transaction = contents.count === 0 ? this.transactions.payout() : this.transactions.ordinary();
      contents.add(transaction);
      parts.push(transaction.bytes);
    }
    return concatBytes(this.finish(contents), ...parts);
  }

  /** Begins the next block. The coinbase that has matured may be spent now. */
  begin(): BlockContents {
    // The coinbase of the genesis block can never be spent.
    if (this.height > this.#network.coinbaseMaturity) this.transactions.coins.add(this.#immature.shift()!);
    this.transactions.coins.mark();
    this.transactions.height = this.height;
    return new BlockContents();
  }

  /** Ends the block and returns what precedes these transactions: header, count and coinbase. */
  finish(contents: BlockContents): Uint8Array {
    const coinbase = this.#coinbase(contents);
    const header = this.#header(merkleRootOfProof(coinbase.txid, 0, contents.txids.branch()));
    const count = new ByteWriter(9).compactSize(contents.count + 1).finish();
    const head = concatBytes(header, count, coinbase.bytes);
    this.#count(contents, head.length);
    this.#previousHash = hash256(header);
    this.height += 1;
    return head;
  }

  /** The length of the next block's coinbase. */
  get coinbaseLength(): number {
    return this.#encodeCoinbase(new BlockContents()).bytes.length;
  }

  #coinbase(contents: BlockContents): EncodedTransaction {
    const coinbase = this.#encodeCoinbase(contents);
    const { value } = this.#reward(contents);
    if (this.height > 0) this.#immature.push({ txid: coinbase.txid, index: 0, value, address: this.#miner });
    return coinbase;
  }

  #encodeCoinbase(contents: BlockContents): EncodedTransaction {
    const commitment = this.#network.segwit ? witnessCommitment(contents.wtxids.branch()) : null;
    return encodeCoinbase(this.height, this.#reward(contents), commitment);
  }

  #reward({ fees }: BlockContents): NewOutput {
    return { value: subsidyAt(this.height) + fees, script: this.transactions.addresses.scriptOf(this.#miner) };
  }

  get #miner(): number {
    return this.height % MINERS;
  }

  /** Has the work that regtest requires, which is two hashes on average. */
  #header(merkleRoot: Uint8Array): Uint8Array {
    const time = this.#time();
    for (let nonce = 0; ; nonce++) {
      const header = new ByteWriter(80)
        .u32(VERSION)
        .bytes(this.#previousHash)
        .bytes(merkleRoot)
        .u32(time)
        .u32(BITS)
        .u32(nonce)
        .finish();
      if (hash256(header)[31]! < 0x7f) return header;
    }
  }

  #time(): number {
    const time = FIRST_TIME + BLOCK_SECONDS * this.height;
    return this.random.chance(EARLY_SHARE) ? time - this.random.between(BLOCK_SECONDS, MAX_EARLY_SECONDS) : time;
  }

  #count({ count, inputs, outputs, bytes }: BlockContents, headLength: number): void {
    this.#totals.blocks += 1;
    this.#totals.transactions += 1 + count;
    this.#totals.inputs += inputs;
    this.#totals.outputs += outputs + (this.#network.segwit ? 2 : 1);
    this.#totals.bytes += headLength + bytes;
  }
}
