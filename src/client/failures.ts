import type { ResultError } from './result.ts';

/** In which way a server does not answer as it should. */
export type Silence = 'unreachable' | 'late' | 'too long' | 'no GraphQL';

/** A question has no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly silence: Silence;

  /** @param message why: a clause, without its end */
  constructor(silence: Silence, message: string, cause?: unknown) {
    super(message, { cause });
    this.silence = silence;
  }
}

/** A subscription is not heard at the moment: trying again helps. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  /** When the gateway wants to be asked again, in milliseconds; null where it does not say. */
  readonly retryMs: number | null;

  constructor(message: string, retryMs: number | null = null) {
    super(message);
    this.retryMs = retryMs;
  }
}

/** The gateway does not take a subscription: trying again changes nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly errors: readonly ResultError[];

  constructor(errors: readonly ResultError[]) {
    super(errors.map(({ message }) => message).join(' '));
    this.errors = errors;
  }
}
