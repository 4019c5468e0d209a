import { memoryShare } from '../limits/memory-share.ts';

/** What all connections together may hold that was not taken, in bytes, and of all memory. */
const MAX_BYTES = 256 * 1024 * 1024;
const SHARE = 1 / 16;

interface UnsentMessage {
  readonly bytes: number;
  readonly giveUp: () => void;
}

/**
 * What was sent to slow readers and is not taken yet. Where it is too much for the memory, those are given up who have
 * had the longest time.
 */
export class Unsent {
  readonly #waiting = new Set<UnsentMessage>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = memoryShare(SHARE, MAX_BYTES)) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Waits until something is taken.
   * @param begin begins to send it, and calls back when that is over
   * @returns whether it was taken in time
   */
  async send(bytes: number, ms: number, begin: (taken: () => void) => void): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const giveUp = () => resolve(false);
    const timer = setTimeout(giveUp, ms);
    const end = this.hold(bytes, giveUp);
    begin(() => resolve(true));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      end();
    }
  }

  /**
   * Counts something that was sent until it is taken.
   * @param giveUp called where it is too much
   * @returns says that it was taken
   */
  hold(bytes: number, giveUp: () => void): () => void {
    const waiting: UnsentMessage = { bytes, giveUp };
    this.#add(waiting);
    return () => this.#delete(waiting);
  }

  #add(waiting: UnsentMessage): void {
    this.#waiting.add(waiting);
    this.#bytes += waiting.bytes;
    for (const oldest of this.#waiting) {
      if (this.#bytes <= this.#maxBytes || oldest === waiting) break;
      this.#delete(oldest);
      oldest.giveUp();
    }
  }

  #delete(waiting: UnsentMessage): void {
    if (this.#waiting.delete(waiting)) this.#bytes -= waiting.bytes;
  }
}
