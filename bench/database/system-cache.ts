import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pause } from '../../src/waiting.ts';

/** How often the system is told to forget a file, in milliseconds. */
const INTERVAL_MS = 100;

/**
 * Makes the system forget what it has cached of files, again and again (posix_fadvise, by dd). So a page is in its cache only for a
 * moment, and otherwise comes from the device, as with files that are far larger than memory. Pages that are not on the device yet stay.
 */
export class ForgottenFiles implements AsyncDisposable {
  readonly #work: Promise<void>;
  #isEnded = false;
  /** How often it was done. */
  times = 0;

  constructor(files: readonly string[]) {
    this.#work = this.#repeat(files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true;
    await this.#work;
  }

  async #repeat(files: readonly string[]): Promise<void> {
    while (!this.#isEnded) {
      for (const file of files) {
        const forgotten = await forget(file);
        if (forgotten) this.times += 1;
      }
      await pause(INTERVAL_MS);
    }
  }
}

/** @returns false if the file is not there, or this system has no such dd */
async function forget(file: string): Promise<boolean> {
  try {
    await promisify(execFile)('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
    return true;
  } catch {
    return false;
  }
}
