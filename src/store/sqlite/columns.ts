export const SQLITE_CORRUPT = 11;

/** A row that no one wrote so: what is in a column has another type. Told as SQLite tells of damage that it sees itself. */
class CorruptRowError extends Error {
  readonly errcode = SQLITE_CORRUPT;
}

const NOTHING = new Uint8Array(0);

/** The value of a row; empty, which no checksum fits, where the column has another type. */
export function columnValue(column: unknown): Uint8Array {
  return column instanceof Uint8Array ? column : NOTHING;
}

/** The bytes in a column. @throws CorruptRowError */
export function blobIn(column: unknown): Uint8Array {
  if (column instanceof Uint8Array) return column;
  throw new CorruptRowError('a column does not have bytes');
}

/** The whole number in a column. @throws CorruptRowError */
export function integerIn(column: unknown): number {
  if (Number.isSafeInteger(column)) return column as number;
  throw new CorruptRowError('a column does not have a whole number');
}
