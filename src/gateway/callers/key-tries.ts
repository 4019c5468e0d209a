import { errorCode } from '../../errors.ts';
import type { Account, PointsPayment } from '../cost/account.ts';
import { REQUEST_PRICE } from '../cost/pricing.ts';

/** Tries that whoever has spent all may make in a minute: it may have a key, and be behind the address of somebody else. */
const MAX_UNPAID = 10;
const MINUTE_MS = 60_000;

/** What an address pays for keys that are none. Each try is paid before the key is looked up; of one that is a key, it gets that back. */
export class KeyTries {
  readonly #account: Account;
  #unpaid = 0;
  /** When those are forgotten, by `performance.now()`. */
  #endsAt = 0;

  constructor(account: Account) {
    this.#account = account;
  }

  /** @throws RATE_LIMITED */
  async pay(): Promise<PointsPayment> {
    try {
      return await this.#account.spend(REQUEST_PRICE);
    } catch (error) {
      if (errorCode(error) !== 'RATE_LIMITED' || !this.#takeUnpaid()) throw error;
      return { points: REQUEST_PRICE, giveBack: () => this.#giveBackUnpaid() };
    }
  }

  #takeUnpaid(): boolean {
    const now = performance.now();
    if (now >= this.#endsAt) [this.#unpaid, this.#endsAt] = [0, now + MINUTE_MS];
    if (this.#unpaid >= MAX_UNPAID) return false;
    this.#unpaid += 1;
    return true;
  }

  #giveBackUnpaid(): void {
    this.#unpaid = Math.max(0, this.#unpaid - 1);
  }
}
