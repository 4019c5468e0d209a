import { BitqlError } from '../src/errors.ts';

/** @throws BitqlError BAD_SETTING unless it is a whole number from 1 on */
export function requireWholeNumber(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new BitqlError('BAD_SETTING', `${what} must be a whole number of at least 1.`);
}
