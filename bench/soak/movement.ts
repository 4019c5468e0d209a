import type { RegtestNode } from '../../dev/regtest.ts';
import { pause } from '../../src/waiting.ts';
import { mineCoins } from '../../test/support/coins.ts';
import { Traffic } from '../../test/support/traffic.ts';
import { Random } from '../chain/random.ts';

export interface Pace {
  readonly transactionsPerMinute: number;
  readonly blockSeconds: number;
  readonly reorganisationSeconds: number;
}

/** How many events were caused so far. */
export interface Happened {
  transactions: number;
  replacements: number;
  blocks: number;
  reorganisations: number;
}

/** Coins that `Traffic` makes of each coinbase. */
const COINS_OF_ONE = 200;
/** More than needed: a coin is also used up if the node refuses the transaction that spends it. */
const SPARE = 1.2;
const REPLACED = 0.03;
const SPENDS_PENDING = 0.25;
const MOST_BLOCKS_REPLACED = 4;

/** The steady activity of a chain: payments, replacements, blocks and reorganisations, at random times with a given rate. */
export class Movement {
  readonly happened: Happened = { transactions: 0, replacements: 0, blocks: 0, reorganisations: 0 };
  readonly #traffic: Traffic;
  readonly #random = new Random('soak');
  #seed = 0;

  private constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  /** @param transactions the number to send in total */
  static async begin(node: RegtestNode, transactions: number): Promise<Movement> {
    const coinbases = await mineCoins(node, Math.ceil((SPARE * transactions) / COINS_OF_ONE) + 1);
    return new Movement(await Traffic.begin(node, coinbases));
  }

  /** Runs until it is stopped. Events happen one after the other, so that they do not disturb each other. */
  async goOn({ transactionsPerMinute, blockSeconds, reorganisationSeconds }: Pace, signal: AbortSignal): Promise<void> {
    const due = [
      { everyMs: 60_000 / transactionsPerMinute, at: 0, act: () => this.#send() },
      { everyMs: blockSeconds * 1_000, at: 0, act: () => this.#mine() },
      { everyMs: reorganisationSeconds * 1_000, at: 0, act: () => this.#reorganise() },
    ];
    for (const kind of due) kind.at = performance.now() + this.#wait(kind.everyMs);
    while (!signal.aborted) {
      const next = due.reduce((a, b) => (a.at <= b.at ? a : b));
      await pause(Math.max(0, next.at - performance.now()), signal);
      if (signal.aborted) return;
      await next.act();
      next.at += this.#wait(next.everyMs);
    }
  }

  async #send(): Promise<void> {
    const chance = this.#random.next();
    const seed = this.#seed++;
    if (chance < REPLACED) {
      if ((await this.#traffic.replace(seed)) !== null) this.happened.replacements += 1;
    } else if (chance < REPLACED + SPENDS_PENDING) await this.#traffic.spendPending(seed);
    else await this.#traffic.pay(seed);
    this.happened.transactions += 1;
  }

  async #mine(): Promise<void> {
    await this.#traffic.mine(1);
    this.happened.blocks += 1;
  }

  async #reorganise(): Promise<void> {
    await this.#traffic.outrun(1 + this.#random.below(MOST_BLOCKS_REPLACED));
    this.happened.reorganisations += 1;
  }

  /** A random interval between independent events. */
  #wait(meanMs: number): number {
    return -meanMs * Math.log(1 - this.#random.next());
  }
}
