import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BitqlError } from './errors.ts';
import { fileFailure } from './failures/system.ts';

/**
 * Makes a folder in TMPDIR, for this user only.
 * @param name the beginning of its name
 * @throws BAD_SETTING
 */
export function temporaryFolder(name: string): string {
  try {
    return mkdtempSync(join(tmpdir(), `${name}-`));
  } catch (error) {
    throw new BitqlError(
      'BAD_SETTING',
      `No temporary folder can be made in ${tmpdir()}: ${fileFailure(error)}. Set the variable TMPDIR to a folder that this user can write.`,
      error,
    );
  }
}
