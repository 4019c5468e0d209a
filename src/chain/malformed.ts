/** The one error for bytes that are not what they should be: a block, a transaction, hex text. */
export class MalformedBytesError extends Error {
  readonly code = 'MALFORMED_BYTES';
  readonly retryable = false;
  /** Where the damage shows: a byte of the input (for hex text, a character), counted from 0; at most its length. */
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(`${reason} (at offset ${offset})`);
    this.name = 'MalformedBytesError';
    this.offset = offset;
  }
}
