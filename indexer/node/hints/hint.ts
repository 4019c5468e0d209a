import type { RemovalReason } from '../../../src/store/departures.ts';

/**
 * Something that may have happened. It only says where to look; RPC says what is true. Txids are in display-order hex.
 */
export type Hint =
  /** The best block may have changed. */
  | { readonly kind: 'tip' }
  /**
   * A transaction may have entered the mempool. Nodes also publish this for the transactions of a block. `raw` is null
   * if only the txid was published.
   */
  | { readonly kind: 'transaction'; readonly txid: string; readonly raw: Uint8Array | null }
  /** A transaction may have left the mempool; `by` is the one that replaced it, if the node says so. */
  | {
      readonly kind: 'removed';
      readonly txid: string;
      readonly reason: RemovalReason | null;
      readonly by: string | null;
    }
  /** Another transaction with the same input was seen; `by` is that one, if the node says so. */
  | { readonly kind: 'doubleSpend'; readonly txid: string; readonly by: string | null }
  /** Messages were lost or could not be read, so anything may have happened. */
  | { readonly kind: 'lost' };

/** Hints that a node publishes. */
export interface Hints {
  /**
   * Hints since the last call. Waits until there are some; returns [] after the timeout, at the signal and when closed.
   * One call at a time. Never rejects: while the node is away there are no hints, and when it is back there is a
   * 'lost'.
   */
  next(timeoutMs: number, signal: AbortSignal): Promise<readonly Hint[]>;
  close(): void;
}

/** Limits of what is kept between two calls: the number of hints, and the bytes of their raw transactions. */
export interface HintLimits {
  readonly hints: number;
  readonly rawBytes: number;
}

const LIMITS: HintLimits = { hints: 50_000, rawBytes: 64 * 1024 * 1024 };

/**
 * Hints that were not taken yet, in bounded memory. Beyond the limits, first raw transactions are dropped, then all
 * hints are replaced by one 'lost'. A 'lost' covers all later ones, and a 'tip' every other 'tip'.
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

  /** Removes and returns all hints. */
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
