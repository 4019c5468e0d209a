import { constants } from 'node:os';

/** npm and npx pass Ctrl-C of the terminal on, so one keystroke arrives twice. A second keystroke comes later than this. */
const SAME_KEYSTROKE_MS = 300;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Turns SIGINT and SIGTERM into an abort. The first signal asks the command to finish its current work and end with exit
 * code 0; a second ends the process at once (130 or 143).
 */
export class StopRequest implements Disposable {
  readonly #controller = new AbortController();
  readonly #onFirst: () => void;
  #requestedAt: number | undefined;

  /** @param onFirst called when the first signal arrives */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
    for (const name of SIGNALS) process.on(name, this.#receive);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) process.off(name, this.#receive);
  }

  readonly #receive = (name: NodeJS.Signals): void => {
    if (this.#requestedAt === undefined) {
      this.#requestedAt = performance.now();
      this.#onFirst();
      this.#controller.abort();
    } else if (performance.now() - this.#requestedAt > SAME_KEYSTROKE_MS) {
      process.exit(128 + constants.signals[name]);
    }
  };
}
