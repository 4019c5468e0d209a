import { BitqlError } from '../../errors.ts';

/** Counts what is open, for a caller or for all together. */
export class SubscriptionSlots {
  readonly #most: number;
  readonly #whose: string;
  #open = 0;

  /** @param whose as in "... subscriptions open" */
  constructor(most: number, whose: string) {
    this.#most = most;
    this.#whose = whose;
  }

  /** @throws TOO_MANY_SUBSCRIPTIONS */
  take(): void {
    if (this.#open >= this.#most) {
      throw new BitqlError('TOO_MANY_SUBSCRIPTIONS', `${this.#whose} ${this.#most} subscriptions open, and no more.`);
    }
    this.#open++;
  }

  free(): void {
    this.#open--;
  }
}
