import { counted } from '../../counted.ts';
import { BitqlError } from '../../errors.ts';

/** Counts what is open, for a caller or for all together: subscriptions, or connections that may have some. */
export class SubscriptionSlots {
  readonly #most: () => number;
  readonly #whose: string;
  readonly #onTake: () => void;
  #open = 0;

  /**
   * @param most as many as there may be by then
   * @param whose as in "... subscriptions open"
   * @param onTake called with each that is taken
   */
  constructor(most: () => number, whose: string, onTake: () => void = () => {}) {
    this.#most = most;
    this.#whose = whose;
    this.#onTake = onTake;
  }

  get open(): number {
    return this.#open;
  }

  /** @throws TOO_MANY_SUBSCRIPTIONS */
  take(): void {
    if (!this.tryTake()) {
      const most = counted(this.#most(), 'subscription');
      throw new BitqlError('TOO_MANY_SUBSCRIPTIONS', `${this.#whose} ${most} open, which is the maximum.`);
    }
  }

  tryTake(): boolean {
    if (this.#open >= this.#most()) return false;
    this.#open++;
    this.#onTake();
    return true;
  }

  free(): void {
    this.#open--;
  }
}
