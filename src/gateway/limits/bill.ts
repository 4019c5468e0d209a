import { BitqlError } from '../../errors.ts';
import { type Quote, REQUEST_PRICE } from './pricing.ts';

/** What a request was said to cost before it ran, and what it was charged in the end. */
export interface Cost {
  readonly requested: number;
  readonly charged: number;
}

/** What a request took. */
export interface Usage {
  /** Fields of list items in the answer, and rows that were examined for it. */
  readonly points: number;
  /** Of scripts and data in the answer. */
  readonly bytes: number;
}

/** What a caller may spend. */
export interface Account {
  /** The most that one request may cost. */
  readonly maxCost: number;
  /** @throws RATE_LIMITED */
  spend(points: number): Promise<void>;
  /** @param points below 0 where it took more than was said before */
  giveBack(points: number): void;
}

/** What of scripts and data is in the price, in bytes; what is beyond is paid for on top, by the point. */
const INCLUDED_BYTES = 1024 * 1024;
const BYTES_OF_POINT = 256;

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

  settle({ points, bytes }: Usage): void {
    if (this.quote === null || this.settled !== null) return;
    const { price, introspects } = this.quote;
    this.settled = (introspects ? price : Math.min(price, REQUEST_PRICE + points)) + surcharge(bytes);
    this.account?.giveBack(price - this.settled);
  }
}

/** What an answer costs beyond its price: nobody knows before how large scripts and data are. */
export function surcharge(bytes: number): number {
  return Math.ceil(Math.max(0, bytes - INCLUDED_BYTES) / BYTES_OF_POINT);
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
