import pLimit from 'p-limit';

/** Inserts at the same time: while the database answers from memory, more do not keep it busier, and cost memory. */
const FEWEST = 2;
/** If it waits for its disk, many wait together. */
const MOST = 16;
/** After so many answers it decides whether more are of use. */
const ROUND = 16;
/** How much faster more inserts must be to stay, and how much slower fewer may be. */
const GAIN = 1.1;
/** At a bound it stays for so many rounds, then tries again: what keeps the database busy may have changed. */
const REST = 32;

/**
 * Bounds the inserts under way by the database's answer times. If twice as many take twice as long each, they are of no use; if they take
 * hardly longer, the database is waiting for something else.
 */
export class InsertPace {
  readonly #limit = pLimit(FEWEST);
  #answers = 0;
  #bytes = 0;
  #ms = 0;
  /** Bytes a millisecond before the last change; 0 if there is nothing to compare with. */
  #before = 0;
  #isRising = true;
  #rest = 0;

  /** @param bytes that it inserts */
  run(bytes: number, insert: () => Promise<void>): Promise<void> {
    return this.#limit(async () => {
      const begun = performance.now();
      // Only if others wait, the number of inserts is what bounds them.
      const isBound = this.#limit.pendingCount > 0;
      await insert();
      if (isBound) this.answered(bytes, performance.now() - begun);
    });
  }

  get atOnce(): number {
    return this.#limit.concurrency;
  }

  /** Takes note of an answer. */
  answered(bytes: number, ms: number): void {
    this.#answers += 1;
    this.#bytes += bytes;
    this.#ms += ms;
    if (this.#answers < ROUND) return;
    this.#adapt((this.atOnce * this.#bytes) / Math.max(1, this.#ms));
    this.#answers = 0;
    this.#bytes = 0;
    this.#ms = 0;
  }

  /** Goes on in its direction while that is of use, and turns round where it is not, or cannot go on. */
  #adapt(rate: number): void {
    if (this.#rest > 0) {
      this.#rest -= 1;
      return;
    }
    const isOfUse = rate > this.#before * (this.#isRising ? GAIN : 1 / GAIN);
    if (!isOfUse) this.#isRising = !this.#isRising;
    const next = this.#isRising ? 2 * this.atOnce : this.atOnce / 2;
    this.#before = rate;
    if (next >= FEWEST && next <= MOST) this.#limit.concurrency = next;
    else {
      this.#isRising = !this.#isRising;
      this.#before = 0;
      this.#rest = REST;
    }
  }
}
