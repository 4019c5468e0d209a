import { BitqlError } from '../../errors.ts';
import type { Account, PointsPayment } from './account.ts';
import { bounded, plus } from './price.ts';
import { type Quote, REQUEST_PRICE } from './pricing.ts';

/** What a request was said to cost before it ran, and what it was charged in the end. */
export interface Cost {
  readonly requested: number;
  readonly charged: number;
}

/** What of a request is in the price of any, in bytes; what is beyond is paid for by the point. */
const INCLUDED_BYTES = 1024;
const BYTES_OF_POINT = 32;

/**
 * What one request costs its caller. It pays as it goes: `begin` before anything of it is read, `receive` before what was read is
 * parsed, `charge` its price before it runs, `use` what is done for it. What is beyond the price is paid as soon as that is known;
 * `settle` gives back what the request did not need, of what was paid and nothing else.
 */
export class Bill {
  private readonly account: Account | null;
  private readonly maxCost: number;
  private readonly payments: PointsPayment[] = [];
  private quote: Quote | null = null;
  /** What is paid before anything is done. */
  private price = REQUEST_PRICE;
  private received = 0;
  private done = 0;
  /** Of what is beyond the price, what is not paid yet. */
  private owed = 0;
  private paying: Promise<void> | null = null;
  private refusal: unknown = null;
  private settled: number | null = null;

  /**
   * @param account without it, everything is free
   * @param maxCost the most that may be done [that of the account]
   */
  constructor(account: Account | null, maxCost = account?.maxCost ?? Number.POSITIVE_INFINITY) {
    this.account = account;
    this.maxCost = maxCost;
  }

  /** Null until a price is known. */
  get cost(): Cost | null {
    return this.quote && { requested: this.quote.price + this.received, charged: this.settled ?? this.whole };
  }

  /** What was done so far, in points. */
  get used(): number {
    return this.done;
  }

  /** Whether something that was done is not paid yet. */
  get isOwing(): boolean {
    return this.owed > 0;
  }

  /** Pays what any request costs, answered or not. @throws RATE_LIMITED */
  async begin(): Promise<void> {
    await this.pay(REQUEST_PRICE);
  }

  /** Pays for what was received, before it is parsed. @throws COST_EXCEEDED, RATE_LIMITED */
  async receive(bytes: number): Promise<void> {
    const points = pointsOfBytes(bytes);
    if (points === 0) return;
    this.requireRoom(points);
    this.received += points;
    this.chargeBeyond(points);
    await this.paid();
  }

  /** Pays the price of a request, once it is begun. @throws COST_EXCEEDED, RATE_LIMITED */
  async charge(quote: Quote): Promise<void> {
    this.quote = quote;
    requireAffordable(quote.price + this.received, this.maxCost);
    await this.pay(quote.price - REQUEST_PRICE);
    this.price = quote.price;
  }

  /**
   * Counts work, when it is done or before. It comes back at once: what is not reserved yet is owed until `paid`.
   * @throws COST_EXCEEDED, RATE_LIMITED: then and ever after, so no more is to be done
   */
  use(points: number): void {
    const before = this.beyond;
    this.requireRoom(points);
    this.done += points;
    this.chargeBeyond(this.beyond - before);
  }

  /** Resolves when nothing is owed. @throws COST_EXCEEDED, RATE_LIMITED */
  async paid(): Promise<void> {
    await this.paying;
    if (this.refusal !== null) throw this.refusal;
  }

  /** Ends the bill, whatever became of the request. @throws COST_EXCEEDED, RATE_LIMITED where it could not be paid */
  async settle(): Promise<void> {
    if (this.settled !== null) return;
    const due = REQUEST_PRICE + this.done + this.received;
    this.settled = due;
    await this.paying;
    if (this.account !== null) this.settled = this.giveBackBeyond(due);
    if (this.refusal !== null) throw this.refusal;
  }

  /** Work that is not in the price. */
  private get beyond(): number {
    return Math.max(0, REQUEST_PRICE + this.done - this.price);
  }

  private get whole(): number {
    return this.price + this.beyond + this.received;
  }

  /** @throws COST_EXCEEDED where so much may not be done */
  private requireRoom(points: number): void {
    if (this.refusal !== null) throw this.refusal;
    const due = plus(REQUEST_PRICE + this.done + this.received, points);
    if (due <= this.maxCost) return;
    this.refusal = exceeded(`was found to cost more than ${this.maxCost} while it ran`, this.maxCost);
    throw this.refusal;
  }

  /** Charges what is not in the price, and was counted already. */
  private chargeBeyond(points: number): void {
    if (this.account === null || points <= 0) return;
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
}

/** What it costs to receive so many bytes: parsing them takes time, whatever they turn out to be. */
export function pointsOfBytes(bytes: number): number {
  return Math.ceil(Math.max(0, bytes - INCLUDED_BYTES) / BYTES_OF_POINT);
}

/** @throws COST_EXCEEDED */
export function requireAffordable(price: number, maxCost: number): void {
  if (price > maxCost) throw exceeded(`costs ${bounded(price)}`, maxCost);
}

function exceeded(what: string, maxCost: number): BitqlError {
  return new BitqlError(
    'COST_EXCEEDED',
    `The query ${what}; one request may cost at most ${maxCost}. Ask for shorter lists (\`first\`) or fewer fields below them.`,
  );
}
