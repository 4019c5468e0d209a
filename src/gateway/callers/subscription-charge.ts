import type { Toll } from '../../live/replays.ts';
import { FREE_WORK, type Work } from '../../query/work.ts';
import { type Bill, requireAffordable } from '../cost/bill.ts';
import { EVENT_PRICE, type SubscriptionQuote } from '../cost/pricing.ts';
import type { Caller } from './caller.ts';

/**
 * What one subscription costs its caller: a price to open it, a price for each event, and what is read or examined for it
 * alone.
 */
export class SubscriptionCharge implements Toll {
  readonly work: Work;
  readonly #caller: Caller;
  readonly #quote: SubscriptionQuote;
  readonly #ended = new AbortController();
  /** Points for reads that are not paid yet. */
  #owed = 0;
  #free: () => void = () => {};

  /** @param goOn called between pieces of reading */
  constructor(caller: Caller, quote: SubscriptionQuote, goOn: Work['goOn']) {
    this.#caller = caller;
    this.#quote = quote;
    const add = (points: number) => {
      this.#owed += points;
    };
    this.work = { ...FREE_WORK, add, goOn };
  }

  /** @param bill of the request that opens it @throws COST_EXCEEDED, RATE_LIMITED, TOO_MANY_SUBSCRIPTIONS */
  async open(bill: Bill): Promise<void> {
    requireAffordable(this.#quote.event, this.#caller.account.maxCost);
    await bill.charge({ price: this.#quote.opening });
    this.#free = this.#caller.openSubscription();
  }

  /**
   * Resolves when there are points for an event: a caller without points gets it later, and misses nothing.
   * @param points the cost of computing its result
   */
  async event(points: number): Promise<void> {
    await this.#pay(EVENT_PRICE + points);
  }

  tryPay(points: number): boolean {
    return this.#caller.account.trySpend(points) !== null;
  }

  async paid(): Promise<void> {
    const owed = this.#owed;
    this.#owed = 0;
    await this.#pay(owed);
  }

  end(): void {
    this.#ended.abort();
    this.#free();
  }

  async #pay(points: number): Promise<void> {
    const { account } = this.#caller;
    // More than this is never available, so it would never be paid.
    await account.spendInTime(Math.min(points, account.maxCost), this.#ended.signal);
  }
}
