import { BitqlError } from '../../errors.ts';
import { type Quote, REQUEST_PRICE } from './pricing.ts';

/** What a request was said to cost before it ran, and what it was charged in the end. */
export interface Cost {
  readonly requested: number;
  readonly charged: number;
}

/** What a caller may spend. */
export interface Account {
  /** The most that one request may cost. */
  readonly maxCost: number;
  /** @throws RATE_LIMITED */
  spend(points: number): Promise<void>;
  giveBack(points: number): void;
}

/** What one request costs its caller: its price at first, of which is given back what the answer did not need. */
export class Bill {
  private readonly account: Account | null;
  private quote: Quote | null = null;
  private settled: number | null = null;

  /** @param account without it, everything is free */
  constructor(account: Account | null) {
    this.account = account;
  }

  /** Null until a price is known. */
  get cost(): Cost | null {
    return this.quote && { requested: this.quote.price, charged: this.settled ?? this.quote.price };
  }

  /** @throws COST_EXCEEDED, RATE_LIMITED */
  async charge(quote: Quote): Promise<void> {
    this.quote = quote;
    if (this.account === null) return;
    requireAffordable(quote.price, this.account.maxCost);
    await this.account.spend(quote.price);
  }

  /** For a request that did not come as far as to have a price. */
  chargeLeast(): void {
    if (this.quote === null) this.account?.spend(REQUEST_PRICE).catch(() => {});
  }

  /** @param used the fields of list items in the answer, and the rows that were examined for it */
  settle(used: number): void {
    if (this.quote === null || this.settled !== null) return;
    const { price, introspects } = this.quote;
    this.settled = introspects ? price : Math.min(price, REQUEST_PRICE + used);
    this.account?.giveBack(price - this.settled);
  }
}

/** @throws COST_EXCEEDED */
export function requireAffordable(price: number, maxCost: number): void {
  if (price > maxCost) throw tooExpensive(price, maxCost);
}

function tooExpensive(price: number, maxCost: number): BitqlError {
  return new BitqlError(
    'COST_EXCEEDED',
    `The query costs ${price}; one request may cost ${maxCost}. Ask for shorter lists (\`first\`) or fewer fields below them.`,
  );
}
