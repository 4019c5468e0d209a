import { chmodSync, closeSync, openSync, statSync } from 'node:fs';

/** Read and written by its owner alone. */
const PRIVATE = 0o600;
/** What SQLite keeps beside a file; it makes them with the rights of that. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/** Makes a SQLite file where it is missing, and takes the rights that others have to it. What belongs to others is left to them. */
export function makePrivate(file: string): void {
  // Where it cannot be made, SQLite says why.
  attempt(() => closeSync(openSync(file, 'a', PRIVATE)));
  for (const suffix of BESIDE) {
    attempt(() => {
      if ((statSync(file + suffix).mode & 0o077) !== 0) chmodSync(file + suffix, PRIVATE);
    });
  }
}

function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // It is not there, or not ours.
  }
}
