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

interface InterruptionOptions {
  /** When the gateway wants to be asked again, in milliseconds [null: it does not say]. */
  readonly retryMs?: number | null;
  /** If nothing answers at all: a sentence that says so and what to do, for a subscriber that heard nothing before. */
  readonly withoutAnswer?: string;
}

/** A subscription is not heard at the moment: trying again helps. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly retryMs: number | null;
  readonly withoutAnswer: string | null;

  /** @param message why: a clause, without its end */
  constructor(message: string, { retryMs = null, withoutAnswer }: InterruptionOptions = {}) {
    super(message);
    this.retryMs = retryMs;
    this.withoutAnswer = withoutAnswer ?? null;
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
