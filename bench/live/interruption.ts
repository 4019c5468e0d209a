const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Hears of Ctrl-C, and of an error that nobody else catches, so that all that was started is ended properly. */
export class Interruption implements Disposable {
  /** Rejects when it comes. */
  readonly comes: Promise<never>;
  readonly #reject: (reason: unknown) => void;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    this.comes = promise;
    this.#reject = reject;
    for (const signal of SIGNALS) process.once(signal, reject);
    process.once('uncaughtException', reject);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#reject);
    process.off('uncaughtException', this.#reject);
  }
}
