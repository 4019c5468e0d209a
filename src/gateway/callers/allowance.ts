import type { Tier } from '../../access/tiers.ts';
import { counted } from '../../counted.ts';
import { BitqlError, RateLimited } from '../../errors.ts';
import { pause } from '../../waiting.ts';
import type { Account, PointsPayment } from '../cost/bill.ts';
import { type Counts, GrantStretch, GrantStretches } from './counts.ts';

const MINUTE = 60;
const HOUR = 3_600;
/** A gateway reserves this part of a caller's minute at once, so that most requests need not ask the store. */
const SHARES_OF_MINUTE = 20;
/** The longest pause before a caller that waits for points asks again, in milliseconds. */
const MAX_WAIT_MS = 5_000;

/** The rate limit state of a caller, as in the RateLimit headers (IETF draft). */
interface Standing {
  readonly limit: number;
  readonly remaining: number;
  /** In seconds. */
  readonly reset: number;
}

/**
 * What a caller may spend: points that all gateways together grant it in a minute, and beyond that in an hour. A gateway
 * reserves a share at a time. Points not spent by the end of the minute are lost.
 */
export class Allowance implements Account {
  readonly #tier: () => Tier;
  readonly #minutes: GrantStretches;
  readonly #hours: GrantStretches;
  #purse = new Purse(new GrantStretch());
  #filling: Promise<void> | null = null;

  /** @param tier returns the caller's current tier */
  constructor(name: string, tier: () => Tier, counts: Counts) {
    this.#tier = tier;
    this.#minutes = new GrantStretches(name, MINUTE, counts);
    this.#hours = new GrantStretches(name, HOUR, counts);
  }

  get maxCost(): number {
    return this.#tier().maxCost;
  }

  get standing(): Standing {
    const { costPerMinute: limit } = this.#tier();
    const { total, endsAt } = this.#minutes.current;
    const remaining = Math.min(limit, Math.max(0, limit - total) + this.#current.left);
    return { limit, remaining, reset: Math.max(0, Math.ceil((endsAt - performance.now()) / 1_000)) };
  }

  /** Whether it has spending that only this gateway knows. */
  get hasUnreported(): boolean {
    return this.#minutes.current.unreported > 0 || this.#hours.current.unreported > 0;
  }

  trySpend(points: number): PointsPayment | null {
    const purse = this.#current;
    if (!purse.take(points)) return null;
    return new PaymentFrom(points, (surplus) => this.#takeBack(surplus, purse));
  }

  async spend(points: number): Promise<PointsPayment> {
    for (;;) {
      const payment = this.trySpend(points);
      if (payment !== null) return payment;
      const { isLast, left } = this.#current;
      if (isLast) throw this.#refusal();
      this.#filling ??= this.#fill(points - left).finally(() => {
        this.#filling = null;
      });
      await this.#filling;
    }
  }

  /** Spends points as soon as there are some, or returns at the signal. */
  async spendInTime(points: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.spend(points);
        return;
      } catch (error) {
        if (!(error instanceof BitqlError && error.code === 'RATE_LIMITED')) throw error;
        const msLeft = this.#current.minute.endsAt - performance.now();
        await pause(Math.min(MAX_WAIT_MS, Math.max(1, msLeft)), signal);
      }
    }
  }

  get #share(): number {
    return Math.ceil(this.#tier().costPerMinute / SHARES_OF_MINUTE);
  }

  /** The purse of the current minute. */
  get #current(): Purse {
    return this.#purseOf(this.#minutes.current);
  }

  #purseOf(minute: GrantStretch): Purse {
    if (this.#purse.minute !== minute) this.#purse = new Purse(minute);
    return this.#purse;
  }

  /** Reserves at least so many points, from the hour if the minute has too few. */
  async #fill(needed: number): Promise<void> {
    const { costPerMinute, burst } = this.#tier();
    const granted = await this.#minutes.grant(Math.max(needed, this.#share), costPerMinute);
    const purse = this.#purseOf(granted.stretch);
    purse.put(granted.points);
    const lacking = needed - granted.points;
    if (lacking <= 0) return;
    const beyond = await this.#hours.grant(lacking, burst);
    purse.putBurst(beyond.points, beyond.stretch);
    purse.isLast = beyond.points < lacking;
  }

  /**
   * Returns points far above a share, which other gateways may need: those of the hour first, since they are lost at the end of
   * the minute.
   */
  #takeBack(points: number, purse: Purse): void {
    if (purse !== this.#current) return;
    purse.put(points);
    const surplus = purse.left - 2 * this.#share;
    if (surplus <= 0) return;
    const { ofBurst, hour } = purse.takeSurplus(surplus);
    if (hour !== null) this.#hours.takeBack(ofBurst, hour);
    this.#minutes.takeBack(surplus - ofBurst, purse.minute);
  }

  #refusal(): RateLimited {
    const { limit, reset } = this.standing;
    const retryAfter = Math.max(1, reset);
    const message = `You have used up your limit of ${counted(limit, 'point')} per minute: try again in ${counted(retryAfter, 'second')}.`;
    return new RateLimited(message, retryAfter);
  }
}

/** Returns at most what was paid. */
class PaymentFrom implements PointsPayment {
  readonly points: number;
  readonly #takeBack: (points: number) => void;
  #left: number;

  constructor(points: number, takeBack: (points: number) => void) {
    this.points = points;
    this.#left = points;
    this.#takeBack = takeBack;
  }

  giveBack(points: number): void {
    const back = Math.max(0, Math.min(points, this.#left));
    this.#left -= back;
    if (back > 0) this.#takeBack(back);
  }
}

/** The points that a gateway was granted for a caller in one minute, and has not spent. */
class Purse {
  readonly minute: GrantStretch;
  /** Whether no more can be granted. */
  isLast = false;
  #left = 0;
  /** Points that came from the hour, and were not returned to it. */
  #burst = 0;
  #hour: GrantStretch | null = null;

  constructor(minute: GrantStretch) {
    this.minute = minute;
  }

  get left(): number {
    return this.#left;
  }

  /** Returns false, and takes nothing, if there are fewer. */
  take(points: number): boolean {
    if (points > this.#left) return false;
    this.#left -= points;
    return true;
  }

  put(points: number): void {
    this.#left += points;
  }

  putBurst(points: number, hour: GrantStretch): void {
    this.put(points);
    if (this.#hour !== hour) this.#burst = 0;
    this.#hour = hour;
    this.#burst += points;
  }

  /** Takes points to return them where they came from. @returns how many of them are of which hour */
  takeSurplus(points: number): { readonly ofBurst: number; readonly hour: GrantStretch | null } {
    const ofBurst = Math.min(points, this.#burst);
    this.#left -= points;
    this.#burst -= ofBurst;
    return { ofBurst, hour: this.#hour };
  }
}
