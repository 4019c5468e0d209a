import { BitqlError } from '../errors.ts';

/** @param what has the full disk: a file, or "the database" */
export function storeFull(what: string, cause?: unknown): BitqlError {
  return new BitqlError(
    'STORE_FULL',
    `The disk of ${what} is full: free space or enlarge it, then start again. The indexed blocks stay valid.`,
    cause,
  );
}
