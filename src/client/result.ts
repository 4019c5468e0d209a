import { isJsonObject, parsedJson } from '../json.ts';

/** One result of a subscription: an event, or the errors in place of it. */
export interface Result {
  /** The value of the subscription's only field; null if there are errors instead. */
  readonly event: unknown;
  readonly errors: readonly ResultError[];
}

export interface ResultError {
  readonly message: string;
  readonly code: string | undefined;
  readonly retryable: boolean;
}

/** Reads a GraphQL result; null for anything else. */
export function parseResult(json: string): Result | null {
  const result = parsedJson(json);
  if (!isJsonObject(result)) return null;
  const { data = null, errors = [] } = result;
  if (!(data === null || isJsonObject(data)) || !Array.isArray(errors) || (data === null && errors.length === 0))
    return null;
  const [event = null] = Object.values(data ?? {});
  return { event, errors: errors.map(errorOf) };
}

function errorOf(error: unknown): ResultError {
  const { message, extensions } = isJsonObject(error) ? error : {};
  const { code, retryable } = isJsonObject(extensions) ? extensions : {};
  return {
    message: typeof message === 'string' ? message : 'The gateway gives no reason.',
    code: typeof code === 'string' ? code : undefined,
    retryable: retryable === true,
  };
}

/** How a server fails to answer. */
export type Silence = 'unreachable' | 'late' | 'too long' | 'no GraphQL';

/** A request without an answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly silence: Silence;

  /** @param message the reason: a clause without a full stop */
  constructor(silence: Silence, message: string, cause?: unknown) {
    super(message, { cause });
    this.silence = silence;
  }
}

interface InterruptionOptions {
  /** When the gateway wants the next attempt, in milliseconds [null: it does not say]. */
  readonly retryMs?: number | null;
  /**
   * If nothing answers at all: a sentence that says so and what to do, for a subscriber that has received nothing yet.
   */
  readonly withoutAnswer?: string;
}

/** A subscription is interrupted; another attempt may succeed. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly retryMs: number | null;
  readonly withoutAnswer: string | null;

  /** @param message the reason: a clause without a full stop */
  constructor(message: string, { retryMs = null, withoutAnswer }: InterruptionOptions = {}) {
    super(message);
    this.retryMs = retryMs;
    this.withoutAnswer = withoutAnswer ?? null;
  }
}

/** What a gateway answers if it cannot continue after a place; it can begin at the present. */
const LOST_PLACE = ['BAD_CURSOR', 'EVENTS_EXPIRED'];

/** The gateway refuses a subscription; another attempt would fail too. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly errors: readonly ResultError[];

  constructor(errors: readonly ResultError[]) {
    super(errors.map(({ message }) => message).join(' '));
    this.errors = errors;
  }

  /** Whether it is only the place that it refuses to continue after. */
  get isOfPlace(): boolean {
    return this.errors.some(({ code }) => code !== undefined && LOST_PLACE.includes(code));
  }
}
