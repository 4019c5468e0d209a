import type { Currency } from '../../src/chain/networks.ts';
import type { Random, Range } from './random.ts';

/** Customary amounts of a chain, in satoshis. */
interface Customs {
  /** For 1,000 bytes. */
  readonly feeRates: readonly Range[];
  /** The lower bound of payments, on average. */
  readonly leastPayment: number;
  /** A smaller amount is not worth spending, so it is never spent. */
  readonly dust: number;
}

const BTC_CUSTOMS: Customs = {
  feeRates: [
    [0.8, 1_000, 5_000],
    [0.2, 5_000, 20_000],
  ],
  leastPayment: 2_000,
  dust: 546,
};
const BSV_CUSTOMS: Customs = { feeRates: [[1, 50, 500]], leastPayment: 100, dust: 20 };
/** A share of the spent value; at least a satoshi of everything above dust. */
const MAX_FEE_SHARE = 0.05;

/** How the value that a transaction spends is shared among fee and payments. */
export class Amounts {
  readonly #random: Random;
  readonly #customs: Customs;

  constructor(random: Random, currency: Currency) {
    this.#random = random;
    this.#customs = currency === 'BSV' ? BSV_CUSTOMS : BTC_CUSTOMS;
  }

  /** Whether somebody will spend it. */
  isWorthSpending(value: number): boolean {
    return value >= this.#customs.dust;
  }

  /** @param size approximate size of the transaction */
  fee(value: number, size: number): number {
    const rate = this.#random.among(this.#customs.feeRates);
    return Math.min(Math.ceil((size * rate) / 1_000), Math.floor(value * MAX_FEE_SHARE));
  }

  /**
   * Payments of different amounts that add up to the value.
   * @param count how many there should be; fewer if the value does not suffice
   */
  payments(value: number, count: number): number[] {
    const length = Math.max(1, Math.min(count, Math.floor(value / this.#customs.leastPayment)));
    const weights = Array.from({ length }, () => this.#random.next() + 0.1);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const payments = weights.map((weight) => Math.floor((value * weight) / sum));
    payments[0]! += value - payments.reduce((total, payment) => total + payment, 0);
    return payments;
  }
}
