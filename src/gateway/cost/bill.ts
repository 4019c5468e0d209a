import { BitqlError } from '../../errors.ts';
import { bounded, plus } from './price.ts';
import { type Quote, REQUEST_PRICE } from './pricing.ts';

/** The price of a request before it ran, and what it was charged in the end. */
interface Cost {
  readonly requested: number;
  readonly charged: number;
}

/** Bytes of a request that every price includes. Further bytes cost extra, by the point. */
const INCLUDED_BYTES = 1024;
const BYTES_OF_POINT = 32;

/**
 * What one request costs its caller. It pays in steps: `begin` before anything of it is read, `receive` before what was read is
 * parsed, `charge` its price before it runs, `use` for the work that it does. Work beyond the price is paid as soon as it is
 * known; `settle` returns what the request did not need of what it paid.
 */
export class Bill {
  private readonly account: Account | null;
  private readonly maxCost: number;
  private readonly payments: PointsPayment[] = [];
  private quote: Quote | null = null;
  /** What is paid before any work is done. */
  private price = REQUEST_PRICE;
  private received = 0;
  private done = 0;
  /** The part of the work beyond the price that is not paid yet. */
  private owed = 0;
  private paying: Promise<void> | null = null;
  private refusal: unknown = null;
  private settled: number | null = null;

  /**
   * @param account without it, everything is free
   * @param maxCost the most that the request may cost [that of the account]
   */
  constructor(account: Account | null, maxCost = account?.maxCost ?? Number.POSITIVE_INFINITY) {
    this.account = account;
    this.maxCost = maxCost;
  }

  /** Null until a price is known. */
  get cost(): Cost | null {
    return this.quote && { requested: this.quote.price + this.received, charged: this.settled ?? this.whole };
  }

  /** The work done so far, in points. */
  get used(): number {
    return this.done;
  }

  /** Whether some work is not paid yet. */
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

  /** Pays the price of a request, after `begin`. @throws COST_EXCEEDED, RATE_LIMITED */
  async charge(quote: Quote): Promise<void> {
    this.quote = quote;
    requireAffordable(quote.price + this.received, this.maxCost);
    await this.pay(quote.price - REQUEST_PRICE);
    this.price = quote.price;
  }

  /**
   * Counts work, when it is done or before. Returns at once: what is not reserved yet is owed until `paid`.
   * @throws COST_EXCEEDED, RATE_LIMITED, from then on at every call: the request must stop
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

  /** Ends the bill, whether the request succeeded or not. @throws COST_EXCEEDED, RATE_LIMITED if it could not be paid */
  async settle(): Promise<void> {
    if (this.settled !== null) return;
    const due = REQUEST_PRICE + this.done + this.received;
    this.settled = due;
    await this.paying;
    if (this.account !== null) this.settled = this.giveBackBeyond(due);
    if (this.refusal !== null) throw this.refusal;
  }

  /** Work that the price does not include. */
  private get beyond(): number {
    return Math.max(0, REQUEST_PRICE + this.done - this.price);
  }

  private get whole(): number {
    return this.price + this.beyond + this.received;
  }

  /** @throws COST_EXCEEDED if this would exceed the most that the request may cost */
  private requireRoom(points: number): void {
    if (this.refusal !== null) throw this.refusal;
    const due = plus(REQUEST_PRICE + this.done + this.received, points);
    if (due <= this.maxCost) return;
    this.refusal = exceeded(`was found to cost more than ${this.maxCost} while it ran`, this.maxCost);
    throw this.refusal;
  }

  /** Charges points that the price does not include, and that are counted already. */
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

  /** @returns the points that were paid and are not returned */
  private giveBackBeyond(due: number): number {
    const paid = this.payments.reduce((sum, { points }) => sum + points, 0);
    let surplus = Math.max(0, paid - due);
    // The minute of the last payment ends last.
    for (const payment of this.payments.toReversed()) {
      const back = Math.min(surplus, payment.points);
      payment.giveBack(back);
      surplus -= back;
    }
    return Math.min(paid, due);
  }
}

/** What it costs to receive some bytes: parsing them takes time, whatever they contain. */
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

/** What a caller may spend. */
export interface Account {
  /** The most that one request may cost. */
  readonly maxCost: number;
  /** Pays at once from the points that this gateway has reserved for the caller; null if these are too few. */
  trySpend(points: number): PointsPayment | null;
  /** Pays, after reserving more points if needed. @throws RATE_LIMITED if there are none; then nothing is paid */
  spend(points: number): Promise<PointsPayment>;
}

/** A payment that was made. */
export interface PointsPayment {
  readonly points: number;
  /** Returns some of it: in all no more than was paid, and nothing once its minute is over. */
  giveBack(points: number): void;
}
