import { BitqlError } from '../errors.ts';
import { recordName } from './record-name.ts';
import type { Table } from './store.ts';

/** What helps where some of an index is damaged. */
export const MEND = '"bitql verify-store" lists the damaged heights, "bitql reindex --heights" indexes them again.';

/** The state record tells what all others mean. */
export function damagedState(cause?: unknown): BitqlError {
  return new BitqlError(
    'STORE_DAMAGED',
    'The state record of the database cannot be read: restore a backup, or index into another database.',
    cause,
  );
}

/** The file of a store is damaged in what holds its records together: they cannot be mended one by one. */
export class DamagedFileError extends BitqlError {
  constructor(message: string) {
    super('STORE_DAMAGED', message);
  }
}

/** A record that is not as it was written. */
export function damagedRecord(table: Table, key: Uint8Array, cause?: unknown): BitqlError {
  return new BitqlError('STORE_DAMAGED', `The ${recordName(table, key)} is damaged: ${MEND}`, cause);
}

/** The rest of the index says that a record is there, and it is not. */
export class MissingRecordError extends BitqlError {
  constructor(table: Table, key: Uint8Array) {
    super('STORE_DAMAGED', `The ${recordName(table, key)} is missing: ${MEND}`);
  }
}
