import { setTimeout as sleep } from 'node:timers/promises';
import type { Tier } from '../../access/tiers.ts';
import { BitqlError } from '../../errors.ts';
import type { Account } from '../limits/bill.ts';
import type { Counts } from './counts.ts';

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
 * What a caller may spend, of what all gateways together grant it in a minute. A gateway reserves a share by moving a count that
 * they have in common: who moves it from 300 to 400 has these 100, as far as they lie within the limit. What it does not spend by
 * the end of the minute is gone.
 */
export class Allowance implements Account {
  readonly #name: string;
  readonly #tier: Tier;
  readonly #counts: Counts;
  /** Reserved, not spent. */
  #left = 0;
  /** What all gateways have reserved, as far as this one knows. */
  #reserved = 0;
  #endsAt = 0;
  #hasNoMore = false;
  #reserving: Promise<void> | null = null;

  constructor(name: string, tier: Tier, counts: Counts) {
    this.#name = name;
    this.#tier = tier;
    this.#counts = counts;
  }

  get maxCost(): number {
    return this.#tier.maxCost;
  }

  get standing(): Standing {
    this.#beginMinute();
    const { costPerMinute: limit } = this.#tier;
    const remaining = Math.max(0, limit - this.#reserved) + this.#left;
    return { limit, remaining, reset: Math.max(0, Math.ceil((this.#endsAt - Date.now()) / 1_000)) };
  }

  /** @throws RATE_LIMITED while nothing is left at all */
  requireAny(): void {
    this.#beginMinute();
    if (this.#hasNoMore && this.#left <= 0) throw this.#refusal();
  }

  async spend(points: number): Promise<void> {
    while (!this.#take(points)) {
      if (this.#hasNoMore) throw this.#refusal();
      this.#reserving ??= this.#reserve(points - this.#left).finally(() => {
        this.#reserving = null;
      });
      await this.#reserving;
    }
  }

  giveBack(points: number): void {
    if (Date.now() >= this.#endsAt) return;
    this.#left += points;
    const surplus = this.#left - 2 * this.#share;
    if (surplus > 0) this.#return(surplus);
  }

  /** Spends points as soon as there are some, or the signal comes. */
  async spendInTime(points: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await this.spend(points);
      } catch (error) {
        if (!(error instanceof BitqlError && error.code === 'RATE_LIMITED')) throw error;
        const wait = Math.min(MAX_WAIT_MS, Math.max(1, this.#endsAt - Date.now()));
        await sleep(wait, undefined, { signal }).catch(() => {});
      }
    }
  }

  get #share(): number {
    return Math.ceil(this.#tier.costPerMinute / SHARES_OF_MINUTE);
  }

  #take(points: number): boolean {
    this.#beginMinute();
    if (this.#left < points) return false;
    this.#left -= points;
    return true;
  }

  #beginMinute(): void {
    if (Date.now() < this.#endsAt) return;
    this.#left = 0;
    this.#reserved = 0;
    this.#hasNoMore = false;
  }

  /** Reserves so many points or more; what is lacking at the end of a minute's, of the hour's. */
  async #reserve(needed: number): Promise<void> {
    const asked = Math.max(needed, this.#share);
    const { points, msLeft } = await this.#counts.add(this.#name, asked, MINUTE);
    const granted = within(points, asked, this.#tier.costPerMinute);
    this.#beginMinute();
    this.#endsAt = Date.now() + msLeft;
    this.#left += granted;
    this.#reserved = points - (asked - granted);
    if (granted < asked) this.#undo(asked - granted, MINUTE);
    if (granted < needed) await this.#reserveBurst(needed - granted);
  }

  async #reserveBurst(needed: number): Promise<void> {
    const { points } = await this.#counts.add(this.#name, needed, HOUR);
    const granted = within(points, needed, this.#tier.burst);
    this.#left += granted;
    if (granted < needed) this.#undo(needed - granted, HOUR);
    this.#hasNoMore = granted < needed;
  }

  #return(points: number): void {
    this.#left -= points;
    this.#reserved -= points;
    this.#undo(points, MINUTE);
  }

  #undo(points: number, seconds: number): void {
    void this.#counts.add(this.#name, -points, seconds);
  }

  #refusal(): BitqlError {
    const { limit, reset } = this.standing;
    return new BitqlError(
      'RATE_LIMITED',
      `You may spend ${limit} points a minute, and have spent them: go on in ${reset} seconds.`,
    );
  }
}

/** How many of the last points lie below a limit. */
function within(points: number, last: number, limit: number): number {
  return Math.max(0, Math.min(last, limit - (points - last)));
}
