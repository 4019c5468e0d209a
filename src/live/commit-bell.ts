import { beginPause } from '../waiting.ts';
/** Notifies readers in the same process as the writer of a commit, so that they need not poll. */
export class CommitBell {
  #hasRung = false;
  #answer: (() => void) | null = null;

  ring(): void {
    this.#hasRung = true;
    this.#answer?.();
  }

  /** Resolves when it has rung since the last call, or after `ms`, or at the signal. Only one may wait at a time. */
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
