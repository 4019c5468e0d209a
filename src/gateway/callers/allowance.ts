import type { Tier } from '../../access/tiers.ts';
import { counted } from '../../counted.ts';
import { BitqlError } from '../../errors.ts';
import { pause } from '../../waiting.ts';
import type { Account, PointsPayment } from '../cost/account.ts';
import type { Counts } from './counts.ts';
import { GrantStretch, GrantStretches } from './grant-stretch.ts';
import { Purse } from './purse.ts';

const MINUTE = 60;
const HOUR = 3_600;
/** What a gateway takes of a caller's minute at once, so that most requests need not ask for any. */
const SHARES_OF_MINUTE = 20;
/** Whoever waits for points asks again at least so often, in milliseconds. */
const MAX_WAIT_MS = 5_000;

/** How a caller stands, as the RateLimit headers (IETF draft) tell it. */
export interface Standing {
  readonly limit: number;
  readonly remaining: number;
  /** In seconds. */
  readonly reset: number;
}

/**
 * What a caller may spend, of what all gateways together grant it in a minute, and beyond that in an hour. A gateway has a share
 * granted at a time. What it does not spend by the end of the minute is gone.
 */
export class Allowance implements Account {
  readonly #tier: () => Tier;
  readonly #minutes: GrantStretches;
  readonly #hours: GrantStretches;
  #purse = new Purse(new GrantStretch());
  #filling: Promise<void> | null = null;

  /** @param tier that which its caller has by then */
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

  /** Whether it holds what only this gateway knows to be spent. */
  get isUntold(): boolean {
    return this.#minutes.current.untold > 0 || this.#hours.current.untold > 0;
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

  /** Spends points as soon as there are some, or the signal comes. */
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

  /** That of this minute. */
  get #current(): Purse {
    return this.#purseOf(this.#minutes.current);
  }

  #purseOf(minute: GrantStretch): Purse {
    if (this.#purse.minute !== minute) this.#purse = new Purse(minute);
    return this.#purse;
  }

  /** Gets so many points or more; what is lacking at the end of a minute's, of the hour's. */
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

  /** What is far more than a share, other gateways may need: that of the hour first, which is lost at the end of the minute. */
  #takeBack(points: number, purse: Purse): void {
    if (purse !== this.#current) return;
    purse.put(points);
    const surplus = purse.left - 2 * this.#share;
    if (surplus <= 0) return;
    const { ofBurst, hour } = purse.takeSurplus(surplus);
    if (hour !== null) this.#hours.takeBack(ofBurst, hour);
    this.#minutes.takeBack(surplus - ofBurst, purse.minute);
  }

  #refusal(): BitqlError {
    const { limit, reset } = this.standing;
    return new BitqlError(
      'RATE_LIMITED',
      `You have used up your limit of ${counted(limit, 'point')} per minute: try again in ${counted(reset, 'second')}.`,
    );
  }
}

/** Gives back no more than was paid. */
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
