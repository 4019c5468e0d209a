import type { Hint } from './hint.ts';

/** What is kept at most between two looks: so many hints, and so many bytes of raw transactions. */
export interface HintLimits {
  readonly hints: number;
  readonly rawBytes: number;
}

const LIMITS: HintLimits = { hints: 50_000, rawBytes: 64 * 1024 * 1024 };

/**
 * Hints that nobody has looked at yet, within a fixed memory: first they lose their raw transactions, at last they are
 * one 'lost'. So 'lost' stands for each that follows it, and 'tip' for every 'tip'.
 */
export class PendingHints {
  readonly #limits: HintLimits;
  #hints: Hint[] = [];
  #rawBytes = 0;
  #hasTip = false;
  #hasLost = false;
  #isFull = false;

  constructor(limits: HintLimits = LIMITS) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#hints.length === 0;
  }

  add(hint: Hint): void {
    if (this.#isFull || (hint.kind === 'tip' && this.#hasTip) || (hint.kind === 'lost' && this.#hasLost)) return;
    if (this.#hints.length === this.#limits.hints) {
      this.take();
      this.#isFull = true;
      this.#hints.push({ kind: 'lost' });
      return;
    }
    if (hint.kind === 'tip') this.#hasTip = true;
    if (hint.kind === 'lost') this.#hasLost = true;
    this.#hints.push(this.#withinMemory(hint));
  }

  /** All of them; then there are none. */
  take(): readonly Hint[] {
    const hints = this.#hints;
    this.#hints = [];
    this.#rawBytes = 0;
    this.#hasTip = false;
    this.#hasLost = false;
    this.#isFull = false;
    return hints;
  }

  #withinMemory(hint: Hint): Hint {
    if (hint.kind !== 'transaction' || hint.raw === null) return hint;
    if (this.#rawBytes + hint.raw.length > this.#limits.rawBytes) return { ...hint, raw: null };
    this.#rawBytes += hint.raw.length;
    return hint;
  }
}
