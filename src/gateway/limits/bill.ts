import { BitqlError } from '../../errors.ts';
import type { Account, Payment } from './account.ts';
import { bounded } from './price.ts';
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

/** What of scripts and data is in the price, in bytes; what is beyond is paid for on top, by the point. */
const INCLUDED_BYTES = 1024 * 1024;
const BYTES_OF_POINT = 256;

/**
 * What one request costs its caller. It pays as it goes: `begin` before anything of it is read, `charge` its price before it
 * runs, `chargeMore` what it takes beyond that, as soon as that is known. `settle` gives back what it did not need, of what
 * was paid and nothing else.
 */
export class Bill {
  private readonly account: Account | null;
  private readonly payments: Payment[] = [];
  private quote: Quote | null = null;
  /** That was paid. */
  private price = REQUEST_PRICE;
  private more = 0;
  /** Of `more`, what is not paid yet. */
  private owed = 0;
  private paying: Promise<void> | null = null;
  private refusal: unknown = null;
  private settled: number | null = null;

  /** @param account without it, everything is free */
  constructor(account: Account | null) {
    this.account = account;
  }

  /** Null until a price is known. */
  get cost(): Cost | null {
    return this.quote && { requested: this.quote.price, charged: this.settled ?? this.price + this.more };
  }

  /** Pays what any request costs, answered or not. @throws RATE_LIMITED */
  async begin(): Promise<void> {
    await this.pay(REQUEST_PRICE);
  }

  /** Pays the price of a request, once it is begun. @throws COST_EXCEEDED, RATE_LIMITED */
  async charge(quote: Quote): Promise<void> {
    this.quote = quote;
    if (this.account !== null) requireAffordable(quote.price + this.more, this.account.maxCost);
    await this.pay(quote.price - REQUEST_PRICE);
    this.price = quote.price;
  }

  /**
   * Charges something that is not in the price, when it is taken or before: bytes of the request, or work beyond what was
   * thought. It comes back at once: what is not reserved yet is owed until `paid`.
   * @throws COST_EXCEEDED, RATE_LIMITED: then and ever after, so no more is to be done
   */
  chargeMore(points: number): void {
    if (this.refusal !== null) throw this.refusal;
    if (this.account !== null) this.requireAffordable(this.price + this.more + points, this.account);
    this.more += points;
    if (this.account === null || points === 0) return;
    const payment = this.owed > 0 ? null : this.account.trySpend(points);
    if (payment !== null) {
      this.payments.push(payment);
      return;
    }
    this.owed += points;
    this.paying ??= this.payOwed(this.account).finally(() => {
      this.paying = null;
    });
  }

  /** Resolves when nothing is owed. @throws COST_EXCEEDED, RATE_LIMITED */
  async paid(): Promise<void> {
    await this.paying;
    if (this.refusal !== null) throw this.refusal;
  }

  /** Ends the bill, whatever became of the request. @throws COST_EXCEEDED, RATE_LIMITED where it could not be paid */
  async settle({ points }: Pick<Usage, 'points'>): Promise<void> {
    if (this.settled !== null) return;
    const isWhole = this.quote?.introspects === true;
    const due = (isWhole ? this.price : Math.min(this.price, REQUEST_PRICE + points)) + this.more;
    this.settled = due;
    await this.paying;
    if (this.account !== null) this.settled = this.giveBackBeyond(due);
    if (this.refusal !== null) throw this.refusal;
  }

  private async pay(points: number): Promise<void> {
    if (this.account !== null && points > 0) this.payments.push(await this.account.spend(points));
  }

  private async payOwed(account: Account): Promise<void> {
    try {
      while (this.owed > 0) {
        const points = this.owed;
        this.payments.push(await account.spend(points));
        this.owed -= points;
      }
    } catch (error) {
      this.refusal = error;
    }
  }

  /** @returns what was paid and is not given back */
  private giveBackBeyond(due: number): number {
    const paid = this.payments.reduce((sum, { points }) => sum + points, 0);
    let surplus = Math.max(0, paid - due);
    // The minute of the last is the one that goes on for longest.
    for (const payment of this.payments.toReversed()) {
      const back = Math.min(surplus, payment.points);
      payment.giveBack(back);
      surplus -= back;
    }
    return Math.min(paid, due);
  }

  private requireAffordable(price: number, { maxCost }: Account): void {
    try {
      requireAffordable(price, maxCost);
    } catch (error) {
      this.refusal = error;
      throw error;
    }
  }
}

/** What an answer costs beyond its price: nobody knows before how large scripts and data are. */
export function surcharge(bytes: number): number {
  return Math.ceil(Math.max(0, bytes - INCLUDED_BYTES) / BYTES_OF_POINT);
}

/** @throws COST_EXCEEDED */
export function requireAffordable(price: number, maxCost: number): void {
  if (price > maxCost) throw tooExpensive(bounded(price), maxCost);
}

function tooExpensive(price: number, maxCost: number): BitqlError {
  return new BitqlError(
    'COST_EXCEEDED',
    `The query costs ${price}; one request may cost ${maxCost}. Ask for shorter lists (\`first\`) or fewer fields below them.`,
  );
}
