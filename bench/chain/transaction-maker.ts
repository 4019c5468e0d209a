import type { Network } from '../../src/chain/networks.ts';
import { Addresses } from './addresses.ts';
import { Amounts } from './amounts.ts';
import { type Coin, Coins } from './coins.ts';
import { dataScript, ordinaryPushes } from './data-outputs.ts';
import { type EncodedTransaction, encodeTransaction, type NewInput, type NewOutput } from './encode.ts';
import type { Random, Range } from './random.ts';
import { unlocking } from './unlocking.ts';

export interface MadeTransaction extends EncodedTransaction {
  readonly fee: number;
  readonly inputCount: number;
  readonly outputCount: number;
}

interface Output extends NewOutput {
  /** Null for data. */
  readonly address: number | null;
}

interface Plan {
  readonly version: number;
  readonly inputs: readonly NewInput[];
  readonly outputs: readonly Output[];
  readonly lockTime: number;
  readonly fee: number;
}

const INPUTS: readonly Range[] = [
  [0.7, 1, 1],
  [0.16, 2, 2],
  [0.08, 3, 3],
  [0.0535, 4, 10],
  [0.005, 20, 40],
  [0.0015, 100, 150],
];
const PAYMENTS: readonly Range[] = [
  [0.24, 1, 1],
  [0.564, 2, 2],
  [0.09, 3, 3],
  [0.1, 4, 10],
  [0.006, 50, 200],
];
/** While there are few coins, each is split into many. */
const FEW_COINS = 5_000;
const SPLIT: readonly Range[] = [[1, 50, 100]];
const DATA_SHARE = 0.15;
const LARGE_DATA_SHARE = 0.0005;
const LARGE_DATA: readonly Range[] = [
  [0.7, 10_000, 40_000],
  [0.3, 40_000, 100_000],
];

/** How many marks back a spent output was created; Infinity for any number. */
const RECENT = 5;
const RECENT_SHARE = 0.5;
const YOUNG = 150;
const YOUNG_SHARE = 0.3;

const VERSIONS = [1, 2, 2, 2];
const FINAL = 0xffff_ffff;
const REPLACEABLE = 0xffff_fffd;
const LOCKED_SHARE = 0.2;

/** Makes transactions that spend earlier outputs, like those of today's chains in number, shape and age. */
export class TransactionMaker {
  readonly coins = new Coins();
  /** The lock time that transactions may use: the height of the previous block. */
  height = 0;
  readonly addresses: Addresses;
  readonly #random: Random;
  readonly #amounts: Amounts;
  readonly #withFalse: boolean;

  constructor(random: Random, network: Network) {
    this.#random = random;
    this.#withFalse = network.currency === 'BSV';
    this.#amounts = new Amounts(random, network.currency);
    this.addresses = new Addresses(random, network.segwit);
  }

  ordinary(): MadeTransaction {
    const few = this.coins.count < FEW_COINS;
    const coins = Array.from({ length: few ? 1 : this.#random.among(INPUTS) }, () => this.coin());
    return this.make(coins, this.#random.among(few ? SPLIT : PAYMENTS), this.#ordinaryData());
  }

  /** A payment of a miner to many, from the last coin; at the start of a block that is a coinbase. */
  payout(): MadeTransaction {
    return this.make([this.coins.takeNewest()], this.#random.among(SPLIT), null);
  }

  /** With a data output of that many bytes. */
  withData(length: number): MadeTransaction {
    return this.make([this.coin()], 1, this.data(length));
  }

  /** One of exactly that many bytes, at least 100,000; most of them are data. */
  ofSize(size: number): MadeTransaction {
    // All lengths of data above 65,535 have the same overhead, so one is enough to compute it.
    const probe = 70_000;
    const plan = this.#plan([this.coin()], 1, this.data(probe));
    const length = probe + size - encodeTransaction(plan).bytes.length;
    const outputs = plan.outputs.map((output) =>
      output.address === null ? { ...output, script: this.data(length) } : output,
    );
    return this.#finish({ ...plan, outputs });
  }

  /**
   * Spends coins.
   * @param payments how many outputs it should have; fewer if the value does not suffice
   * @param data the script of a data output, if it has one
   */
  make(coins: readonly Coin[], payments: number, data: Uint8Array | null): MadeTransaction {
    return this.#finish(this.#plan(coins, payments, data));
  }

  /** Takes an output to spend, more likely a young one. */
  coin(): Coin {
    const draw = this.#random.next();
    if (draw < RECENT_SHARE) return this.coins.take(this.#random, RECENT);
    return this.coins.take(this.#random, draw < RECENT_SHARE + YOUNG_SHARE ? YOUNG : Number.POSITIVE_INFINITY);
  }

  data(length: number): Uint8Array {
    return dataScript([this.#random.bytes(length)], this.#withFalse);
  }

  #ordinaryData(): Uint8Array | null {
    if (this.#random.chance(LARGE_DATA_SHARE)) return this.data(this.#random.among(LARGE_DATA));
    if (!this.#random.chance(DATA_SHARE)) return null;
    return dataScript(ordinaryPushes(this.#random), this.#withFalse);
  }

  #plan(coins: readonly Coin[], payments: number, data: Uint8Array | null): Plan {
    const value = coins.reduce((sum, coin) => sum + coin.value, 0);
    const fee = this.#amounts.fee(value, 150 * coins.length + 34 * payments + (data?.length ?? 0));
    const paid = this.#amounts.payments(value - fee, payments).map((part) => this.#payment(part));
    const carried: Output[] = data === null ? [] : [{ value: 0, script: data, address: null }];
    const locked = this.#random.chance(LOCKED_SHARE);
    return {
      version: VERSIONS[this.#random.below(VERSIONS.length)]!,
      inputs: coins.map((coin) => this.#input(coin, locked || this.#random.chance(0.5) ? REPLACEABLE : FINAL)),
      outputs: this.#random.chance(0.5) ? [...paid, ...carried] : [...carried, ...paid],
      lockTime: locked ? this.height - 1 : 0,
      fee,
    };
  }

  #input({ txid, index, address }: Coin, sequence: number): NewInput {
    return { txid, index, sequence, ...unlocking(this.addresses.lockOf(address), this.#random) };
  }

  #payment(value: number): Output {
    const address = this.addresses.choose();
    return { value, address, script: this.addresses.scriptOf(address) };
  }

  #finish(plan: Plan): MadeTransaction {
    const encoded = encodeTransaction(plan);
    const { inputs, outputs, fee } = plan;
    for (const [index, { value, address }] of outputs.entries()) {
      if (address === null || !this.#amounts.isWorthSpending(value)) continue;
      this.coins.add({ txid: encoded.txid, index, value, address });
    }
    return { ...encoded, fee, inputCount: inputs.length, outputCount: outputs.length };
  }
}
