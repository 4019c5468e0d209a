import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ByteWriter } from '../../src/chain/byte-writer.ts';

/** Core: MAX_BLOCKFILE_SIZE. Only a block that is larger by itself makes a larger file. */
const MAX_FILE_SIZE = 128 * 1024 * 1024;
const KEY = Uint8Array.of(0x9d, 0x3c, 0x51, 0xe7, 0x08, 0xb2, 0x6f, 0xca);
const BUFFER_SIZE = 4 * 1024 * 1024;

/** Writes blocks as bitcoind does: files of records, each magic, length and block, XORed with the key of xor.dat. */
export class BlockFileWriter implements Disposable {
  readonly #folder: string;
  readonly #magic: Uint8Array;
  #descriptor: number | null = null;
  #nextNumber = 0;
  /** The size of the file, including the buffer. */
  #size = 0;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #buffered = 0;

  /** @param magic of the network, in its files */
  constructor(folder: string, magic: Uint8Array) {
    this.#folder = folder;
    this.#magic = magic;
    writeFileSync(join(folder, 'xor.dat'), KEY);
  }

  append(block: Uint8Array): void {
    this.begin(block.length);
    this.write(block);
  }

  /** Begins the record of a block. @returns where in the file the bytes of the block begin */
  begin(length: number): number {
    const prefix = new ByteWriter(8).bytes(this.#magic).u32(length).finish();
    const full = this.#size > 0 && this.#size + prefix.length + length > MAX_FILE_SIZE;
    if (full) this.#close();
    this.#descriptor ??= openSync(join(this.#folder, `blk${String(this.#nextNumber++).padStart(5, '0')}.dat`), 'w');
    this.write(prefix);
    return this.#size;
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#buffered === BUFFER_SIZE) this.#flush();
      const part = bytes.subarray(at, at + BUFFER_SIZE - this.#buffered);
      scramble(part, this.#size, this.#buffer, this.#buffered);
      this.#buffered += part.length;
      this.#size += part.length;
      at += part.length;
    }
  }

  /** Replaces bytes of the file that is being written. */
  overwrite(at: number, bytes: Uint8Array): void {
    this.#flush();
    const scrambled = new Uint8Array(bytes.length);
    scramble(bytes, at, scrambled, 0);
    writeSync(this.#descriptor!, scrambled, 0, scrambled.length, at);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) this.#close();
  }

  #close(): void {
    this.#flush();
    closeSync(this.#descriptor!);
    this.#descriptor = null;
    this.#size = 0;
  }

  #flush(): void {
    for (let at = 0; at < this.#buffered; ) at += writeSync(this.#descriptor!, this.#buffer, at, this.#buffered - at);
    this.#buffered = 0;
  }
}

/** XORs bytes with the key, as they would lie at `position` of a file. */
function scramble(from: Uint8Array, position: number, to: Uint8Array, at: number): void {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i]! ^ KEY[(position + i) % KEY.length]!;
}
