interface More {
  /** When the gateway wants to be asked again, in milliseconds [it does not say]. */
  readonly retryMs?: number | null;
  /** Where nothing answers at all: that, and what to do, for whoever has heard nothing from there before [something answers]. */
  readonly withoutAnswer?: string;
}

/** The gateway is not heard at the moment: trying again helps. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly retryMs: number | null;
  readonly withoutAnswer: string | null;

  /** @param message a clause: why */
  constructor(message: string, { retryMs = null, withoutAnswer }: More = {}) {
    super(message);
    this.retryMs = retryMs;
    this.withoutAnswer = withoutAnswer ?? null;
  }
}
