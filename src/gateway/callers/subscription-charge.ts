import { requireAffordable, surcharge, type Usage } from '../limits/bill.ts';
import { EVENT_PRICE, type SubscriptionQuote } from '../limits/pricing.ts';
import { type Caller, openSubscription } from './caller.ts';

/** What one subscription costs its caller: something to open it, and something for each event. */
export class SubscriptionCharge {
  readonly #caller: Caller;
  readonly #quote: SubscriptionQuote;
  readonly #ended = new AbortController();
  #free: () => void = () => {};

  constructor(caller: Caller, quote: SubscriptionQuote) {
    this.#caller = caller;
    this.#quote = quote;
  }

  /** @throws COST_EXCEEDED, RATE_LIMITED, TOO_MANY_SUBSCRIPTIONS */
  async open(): Promise<void> {
    const { account } = this.#caller;
    requireAffordable(this.#quote.event, account.maxCost);
    await account.spend(this.#quote.opening);
    this.#free = openSubscription(this.#caller);
  }

  /** Resolves when there are points for an event: whoever has spent them is told later, and misses nothing. */
  async event({ points, bytes }: Usage): Promise<void> {
    const { account } = this.#caller;
    const price = Math.min(this.#quote.event, EVENT_PRICE + points) + surcharge(bytes);
    // What is more than there ever is, would never be told.
    await account.spendInTime(Math.min(price, account.maxCost), this.#ended.signal);
  }

  end(): void {
    this.#ended.abort();
    this.#free();
  }
}
