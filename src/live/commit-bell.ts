import { beginPause } from '../waiting.ts';
/** Tells who reads in the same process as the writer that something was committed, so that nobody has to ask for it. */
export class CommitBell {
  #hasRung = false;
  #answer: (() => void) | null = null;

  ring(): void {
    this.#hasRung = true;
    this.#answer?.();
  }

  /** Resolves when it has rung since the last time, or after a while, or when the signal comes. One at a time may wait. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#hasRung && !signal.aborted) await this.#rings(ms, signal);
    this.#hasRung = false;
  }

  async #rings(ms: number, signal: AbortSignal): Promise<void> {
    const { over, end } = beginPause(ms, signal);
    this.#answer = end;
    await over;
    this.#answer = null;
  }
}
