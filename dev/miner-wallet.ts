import { BitqlError } from '../src/errors.ts';
import { toSatoshis } from './amount.ts';
import type { CoreCalls, FoundOutput } from './core-calls.ts';
import { MINER, MINER_ADDRESS } from './miner.ts';
import type { Coin } from './transaction-builder.ts';

/** Coins to spend, and the blocks that had to be mined for them. */
export interface Withdrawal {
  readonly coins: readonly Coin[];
  /** Hashes of empty blocks: what was pending still is. */
  readonly minedFirst: readonly string[];
}

/** Blocks after which a coinbase can be spent, its own counted. */
const MATURITY = 100;
/** How many coins are looked up at once. */
const LOOKED_UP = 50;
/** The first coinbases of regtest, in satoshis. */
const SUBSIDY = 50e8;

/** The miner's coins: confirmed, mature, and spent by nothing, in the mempool neither. It asks the node each time. */
export class MinerWallet {
  readonly #calls: CoreCalls;

  constructor(calls: CoreCalls) {
    this.#calls = calls;
  }

  /**
   * Coins of this value, in satoshis, one if possible. Where there are too few, empty blocks are mined until there are more.
   * @throws BitqlError BAD_SETTING for more than can be had
   */
  async withdraw(value: number): Promise<Withdrawal> {
    const minedFirst: string[] = [];
    for (;;) {
      const { height, unspents } = await this.#calls.unspent(MINER_ADDRESS);
      const coins = await this.#choose(
        unspents.filter((output) => isMature(output, height)),
        value,
      );
      if (coins !== null) return { coins, minedFirst };
      // By then all that the miner has now is mature.
      if (minedFirst.length > MATURITY || value > sumOf(unspents) + SUBSIDY * Math.max(0, MATURITY - height)) {
        throw new BitqlError('BAD_SETTING', `This chain's miner does not have ${value} satoshis to spend.`);
      }
      minedFirst.push(...(await this.#mine(height)));
    }
  }

  /** Null where too few of them are left. */
  async #choose(outputs: readonly FoundOutput[], value: number): Promise<Coin[] | null> {
    const smaller: Coin[] = [];
    // In a random order, so that two commands at the same time most likely take different ones.
    const candidates = shuffled(outputs);
    for (let at = 0; at < candidates.length; at += LOOKED_UP) {
      for (const coin of await this.#unspentOf(candidates.slice(at, at + LOOKED_UP))) {
        if (coin.value >= value) return [coin];
        smaller.push(coin);
      }
    }
    return together(smaller, value);
  }

  async #unspentOf(candidates: readonly FoundOutput[]): Promise<Coin[]> {
    const outpoints = candidates.map(({ txid, vout }) => [txid, vout] as const);
    const outputs = await this.#calls.outputs(outpoints, true);
    return candidates
      .filter((_, i) => outputs[i] !== null)
      .map(({ txid, vout, amount }) => ({ txid, index: vout, value: toSatoshis(amount), lock: MINER }));
  }

  /** One block makes one more coinbase mature, once there are enough. */
  async #mine(height: number): Promise<string[]> {
    const blocks = Math.max(1, MATURITY - height);
    const hashes: string[] = [];
    for (let n = 0; n < blocks; n++) hashes.push(await this.#calls.mineBlock([]));
    return hashes;
  }
}

/** The next block is the first that may spend it. */
function isMature({ coinbase = true, height }: FoundOutput, tip: number): boolean {
  return !coinbase || tip + 1 - height >= MATURITY;
}

function sumOf(outputs: readonly FoundOutput[]): number {
  return outputs.reduce((sum, { amount }) => sum + toSatoshis(amount), 0);
}

/** The fewest that have this value together. */
function together(coins: readonly Coin[], value: number): Coin[] | null {
  const chosen: Coin[] = [];
  let sum = 0;
  for (const coin of coins.toSorted((a, b) => b.value - a.value)) {
    if (sum >= value) break;
    chosen.push(coin);
    sum += coin.value;
  }
  return sum >= value && chosen.length > 0 ? chosen : null;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
