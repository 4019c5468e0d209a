import { closeSync, openSync, rmSync } from 'node:fs';
import { unusablePlace } from './failures.ts';

/** A file that cannot be made is found out before there is something to write. @throws BAD_SETTING */
export function requireRoom(file: string): void {
  const probe = `${file}-${process.pid}`;
  try {
    closeSync(openSync(probe, 'w'));
    rmSync(probe);
  } catch (error) {
    throw unusablePlace(file, error);
  }
}
