import type { ResultError } from './result.ts';

/** The gateway does not tell what it was asked: trying again changes nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly errors: readonly ResultError[];

  constructor(errors: readonly ResultError[]) {
    super(errors.map(({ message }) => message).join(' '));
    this.errors = errors;
  }
}
