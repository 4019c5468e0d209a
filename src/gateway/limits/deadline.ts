import { counted } from '../../counted.ts';
import { BitqlError } from '../../errors.ts';

/** Ends what a request still waits for: when its time is over, or when nobody waits for the answer any more. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly endsAt: number;
  private isOver = false;

  constructor(ms: number) {
    this.endsAt = performance.now() + ms;
    this.timer = setTimeout(
      () => this.abort(`The request was not answered within ${counted(ms / 1_000, 'second')}`),
      ms,
    );
  }

  /** Aborts with TIMEOUT. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Until then. */
  get msLeft(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  /** The client has gone. */
  abandon(): void {
    this.abort('No client is waiting for the answer');
  }

  /** The request is answered. */
  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  private abort(reason: string): void {
    if (this.isOver) return;
    this.end();
    this.controller.abort(new BitqlError('TIMEOUT', `${reason}: ask for less at once, or try again.`));
  }
}
