import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { BitqlError } from '../../../src/errors.ts';

/** bitcoind's folder of block files: blk00000.dat and so on, rev00000.dat with what their blocks spend, xor.dat. */
export interface BlockFolder {
  readonly path: string;
  /** The numbers of its blk files, ascending. */
  readonly numbers: readonly number[];
  /** What the bytes of all files are XORed with, by their place in the file (Core 28: -blocksxor); zeros for nothing. */
  readonly key: Uint8Array;
}

const KEY_LENGTH = 8;

/**
 * @param path the folder itself, or the one that it is called `blocks` in
 * @throws BAD_SETTING where there are no block files
 */
export function openBlockFolder(path: string): BlockFolder {
  for (const folder of [path, join(path, 'blocks')]) {
    const numbers = numbersIn(folder);
    if (numbers.length > 0) return { path: folder, numbers, key: readKey(folder) };
  }
  throw new BitqlError(
    'BAD_SETTING',
    `There are no block files in ${path}: give bitcoind's folder "blocks", with blk00000.dat in it.`,
  );
}

/** A file of the folder, opened for reading; its bytes are as they were before they were XORed. */
export class BlockFile implements Disposable {
  readonly size: number;
  readonly #descriptor: number;
  readonly #key: Uint8Array;

  /** @throws the platform's error where there is no such file */
  constructor({ path, key }: BlockFolder, kind: 'blk' | 'rev', number: number) {
    this.#descriptor = openSync(join(path, `${kind}${String(number).padStart(5, '0')}.dat`), 'r');
    this.#key = key;
    this.size = fstatSync(this.#descriptor).size;
  }

  /** The bytes from an offset on; fewer where the file ends. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    const read = readSync(this.#descriptor, bytes, 0, bytes.length, offset);
    for (let i = 0; i < read; i++) bytes[i] = bytes[i]! ^ this.#key[(offset + i) % KEY_LENGTH]!;
    return bytes.subarray(0, read);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

function numbersIn(folder: string): number[] {
  try {
    const names = readdirSync(folder).map((name) => /^blk(\d{5,})\.dat$/.exec(name)?.[1]);
    return names
      .filter((number) => number !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function readKey(folder: string): Uint8Array {
  try {
    const key = new Uint8Array(readFileSync(join(folder, 'xor.dat')));
    if (key.length === KEY_LENGTH) return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array(KEY_LENGTH);
    throw error;
  }
  throw new BitqlError('BAD_SETTING', `The file xor.dat in ${folder} is damaged: it should hold ${KEY_LENGTH} bytes.`);
}
