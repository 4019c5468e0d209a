import { setTimeout as sleep } from 'node:timers/promises';
import { MINER } from '../../dev/lock.ts';
import { type PaymentOptions, payment } from '../../dev/payment.ts';
import type { RegtestNode } from '../../dev/regtest.ts';
import { type BuiltTransaction, type Coin, coinOf } from '../../dev/transaction-builder.ts';
import { mineCoins } from '../../test/support/coins.ts';
import { Random } from '../chain/random.ts';

/** The number of coins that one transaction creates. */
const COINS_AT_ONCE = 500;
const SPLIT_FEE = 100_000;

/** Sends independent transactions at random times. */
export class Sender {
  readonly node: RegtestNode;
  readonly #coins: Coin[];
  readonly #random = new Random('live');
  #lastAt = performance.now();

  private constructor(node: RegtestNode, coins: Coin[]) {
    this.node = node;
    this.#coins = coins;
  }

  /** @param count of transactions */
  static async begin(node: RegtestNode, count: number): Promise<Sender> {
    const coins: Coin[] = [];
    for (const coinbase of await mineCoins(node, Math.ceil(count / COINS_AT_ONCE))) {
      const value = Math.floor((coinbase.value - SPLIT_FEE) / COINS_AT_ONCE);
      const outputs = Array.from({ length: COINS_AT_ONCE - 1 }, () => ({ value, script: MINER.script }));
      const split = payment([coinbase], { outputs, fee: SPLIT_FEE });
      await node.rpc('sendrawtransaction', split.hex);
      coins.push(...split.outputs.map((_, index) => coinOf(split, index, MINER)));
    }
    await node.mine(1);
    return new Sender(node, coins);
  }

  make(options: PaymentOptions = {}): BuiltTransaction {
    const coin = this.#coins.pop();
    if (coin === undefined) throw new Error('there are too few coins');
    return payment([coin], options);
  }

  /** Sends it, and waits until all observers have seen it. @returns the time of each, in milliseconds */
  async send({ hex }: BuiltTransaction, seen: readonly Promise<number>[]): Promise<number[]> {
    const start = performance.now();
    this.#lastAt = start;
    const [, ...times] = await Promise.all([this.node.rpc('sendrawtransaction', hex, 0), ...seen]);
    return times.map((at) => at - start);
  }

  /** Waits for a random time, as between independent events. */
  async pause(meanMs: number): Promise<void> {
    const ms = -meanMs * Math.log(1 - this.#random.next());
    await sleep(Math.max(0, this.#lastAt + ms - performance.now()));
  }

  /** Waits after the last transaction, for a time distributed evenly between two durations. */
  async rest(leastMs: number, mostMs: number): Promise<void> {
    await sleep(leastMs + (mostMs - leastMs) * this.#random.next());
  }
}
