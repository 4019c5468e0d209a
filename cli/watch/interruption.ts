/** The gateway is not heard at the moment: trying again helps. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  /** When the gateway wants to be asked again, in milliseconds; null where it does not say. */
  readonly retryMs: number | null;

  constructor(message: string, retryMs: number | null = null) {
    super(message);
    this.retryMs = retryMs;
  }
}
