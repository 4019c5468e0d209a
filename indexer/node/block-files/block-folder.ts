import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { BitqlError } from '../../../src/errors.ts';
import { fileFailure } from '../../../src/failures/system.ts';

/**
 * bitcoind's folder of block files: blk00000.dat and so on, rev00000.dat and so on with the outputs that their blocks
 * spend, xor.dat.
 */
export interface BlockFolder {
  readonly path: string;
  /** The numbers of its blk files, ascending. */
  readonly numbers: readonly number[];
  /**
   * The key with which the bytes of all files are XORed, by their offset in the file (Core 28: -blocksxor); zeros for
   * none.
   */
  readonly key: Uint8Array;
}

/** One of its files: blocks (blk), or the outputs that the blocks of the file with the same number spend (rev). */
export interface FileName {
  readonly kind: 'blk' | 'rev';
  readonly number: number;
}

/** Some bytes of a file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

const KEY_LENGTH = 8;
const CHUNK = 1024 * 1024;
/** Reads up to this size are synchronous, because the thread pool takes longer than such a read. */
const SMALL = 64 * 1024;

/**
 * @param path the folder itself, or its parent, where it is called `blocks`
 * @throws BAD_SETTING if there are no block files
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

/** A file of the folder, opened to read small parts of it. Bytes are returned without the XOR. */
export class BlockFile implements Disposable {
  readonly size: number;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #key: Uint8Array;

  /** @throws NODE_PRUNED if there is no such file, NODE_REFUSED if it cannot be read */
  constructor(folder: BlockFolder, name: FileName) {
    this.#path = pathOf(folder, name);
    this.#key = folder.key;
    try {
      this.#descriptor = openSync(this.#path, 'r');
      this.size = fstatSync(this.#descriptor).size;
    } catch (error) {
      throw unreadable(this.#path, error);
    }
  }

  /** @throws NODE_REFUSED if the file ends before the range does, or cannot be read */
  readAll({ offset, length }: ByteRange): Uint8Array {
    const bytes = this.read(offset, length);
    if (bytes.length < length) throw shorter(this.#path);
    return bytes;
  }

  /** The bytes from an offset on; fewer if the file ends. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    try {
      const read = readSync(this.#descriptor, bytes, 0, bytes.length, offset);
      return xorInPlace(bytes.subarray(0, read), this.#key, offset);
    } catch (error) {
      throw unreadable(this.#path, error);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/**
 * A range of a file in chunks of 1 MiB, each read on demand. The file is open only while it is read.
 * @throws NODE_PRUNED if the file is gone, NODE_REFUSED if it ends before the range does or cannot be read
 */
export async function* fileChunks(
  folder: BlockFolder,
  name: FileName,
  { offset, length }: ByteRange,
): AsyncGenerator<Uint8Array> {
  if (length <= SMALL) {
    using file = new BlockFile(folder, name);
    yield file.readAll({ offset, length });
    return;
  }
  const path = pathOf(folder, name);
  const handle = await open(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    for (let at = offset; at < offset + length; at += CHUNK) {
      const bytes = await readFully(handle, path, at, Math.min(CHUNK, offset + length - at));
      yield xorInPlace(bytes, folder.key, at);
    }
  } finally {
    await handle.close();
  }
}

async function readFully(handle: FileHandle, path: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (bytesRead === 0) throw shorter(path);
    at += bytesRead;
  }
  return bytes;
}

function shorter(path: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `${path} has become shorter while it was read.`);
}

export function pathOf({ path }: BlockFolder, { kind, number }: FileName): string {
  return join(path, `${kind}${String(number).padStart(5, '0')}.dat`);
}

function unreadable(path: string, error: unknown): BitqlError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return new BitqlError(
      'NODE_PRUNED',
      `${path} was removed while the folder was read. Has a running node pruned it? Start again.`,
      error,
    );
  }
  return new BitqlError(
    'NODE_REFUSED',
    `${path} cannot be read: ${fileFailure(error)}. Allow this user to read it.`,
    error,
  );
}
function numbersIn(folder: string): number[] {
  try {
    const names = readdirSync(folder).map((name) => /^blk(\d{5,})\.dat$/.exec(name)?.[1]);
    return names
      .filter((number) => number !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw unreadable(folder, error);
  }
}

function readKey(folder: string): Uint8Array {
  const path = join(folder, 'xor.dat');
  try {
    const key = new Uint8Array(readFileSync(path));
    if (key.length === KEY_LENGTH) return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array(KEY_LENGTH);
    throw unreadable(path, error);
  }
  throw new BitqlError('BAD_SETTING', `The file xor.dat in ${folder} is damaged: it should have ${KEY_LENGTH} bytes.`);
}

/**
 * Undoes the XOR that Core 28 applies to its block files (-blocksxor): the key repeats from the start of the file.
 * @param bytes changed in place, and returned
 * @param key 8 bytes; zeros change nothing
 * @param offset the position of the first byte in the file
 */
function xorInPlace(bytes: Uint8Array, key: Uint8Array, offset: number): Uint8Array {
  if (key.every((byte) => byte === 0)) return bytes;
  const rotated = Uint8Array.from(key, (_, i) => key[(offset + i) % key.length]!);
  // Eight bytes at a time, as two words in the machine's own order, is ten times faster than one by one.
  const words = bytes.byteOffset % 4 === 0 ? 2 * Math.floor(bytes.length / 8) : 0;
  const view = new Int32Array(bytes.buffer, words === 0 ? 0 : bytes.byteOffset, words);
  const [even, odd] = new Int32Array(rotated.buffer);
  for (let i = 0; i < words; i += 2) {
    view[i]! ^= even!;
    view[i + 1]! ^= odd!;
  }
  for (let i = 4 * words; i < bytes.length; i++) bytes[i]! ^= rotated[i % rotated.length]!;
  return bytes;
}
