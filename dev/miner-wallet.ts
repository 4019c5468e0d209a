import { BitqlError } from '../src/errors.ts';
import { type CoreCalls, type FoundOutput, toSatoshis } from './core-calls.ts';
import { MINER, MINER_ADDRESS } from './lock.ts';
import type { Coin } from './transaction-builder.ts';

/** Coins to spend, and the blocks that had to be mined for them. */
export interface Withdrawal {
  readonly coins: readonly Coin[];
  /** Hashes of these blocks. They are empty, so pending transactions are still pending. */
  readonly minedFirst: readonly string[];
}

/** Number of blocks, its own included, after which a coinbase can be spent. */
const MATURITY = 100;
/** How many coins are looked up at once. */
const LOOKED_UP = 50;
/** The first coinbases of regtest, in satoshis. */
const SUBSIDY = 50e8;

/** The miner's coins: confirmed, mature, and unspent, also in the mempool. It asks the node each time. */
export class MinerWallet {
  readonly #calls: CoreCalls;

  constructor(calls: CoreCalls) {
    this.#calls = calls;
  }

  /**
   * Coins with this value in total, in satoshis, a single coin if possible. If there are too few, it mines empty blocks until
   * there are enough.
   * @throws BitqlError BAD_SETTING if the chain cannot have so much
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
      // After these blocks, all coins that the miner has now are mature.
      const most = sumOf(unspents) + SUBSIDY * Math.max(0, MATURITY - height);
      if (minedFirst.length > MATURITY || value > most) throw tooMuch(value, most);
      minedFirst.push(...(await this.#mine(height)));
    }
  }

  /** Null if too few of them are unspent. */
  async #choose(outputs: readonly FoundOutput[], value: number): Promise<Coin[] | null> {
    const smaller: Coin[] = [];
    // In random order, so that two commands at the same time will probably take different coins.
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

  /** Below a height of 100, as many blocks as the first coinbase needs; then one block, which makes one more coinbase mature. */
  async #mine(height: number): Promise<string[]> {
    const blocks = Math.max(1, MATURITY - height);
    const hashes: string[] = [];
    for (let n = 0; n < blocks; n++) hashes.push(await this.#calls.mineBlock([]));
    return hashes;
  }
}

function tooMuch(value: number, most: number): BitqlError {
  const grouped = (satoshis: number) => satoshis.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return new BitqlError(
    'BAD_SETTING',
    `${grouped(value)} satoshis, with the fee, are more than this chain has to spend: ${grouped(most)}. Send less, or mine ` +
      'first: each block brings new coins ("bitql dev mine 100").',
  );
}

/** The next block is the first that may spend it. */
function isMature({ coinbase = true, height }: FoundOutput, tip: number): boolean {
  return !coinbase || tip + 1 - height >= MATURITY;
}

function sumOf(outputs: readonly FoundOutput[]): number {
  return outputs.reduce((sum, { amount }) => sum + toSatoshis(amount), 0);
}

/** The fewest coins that have this value together; null if all together have less. */
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
