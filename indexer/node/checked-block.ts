import { concatBytes, hashToHex } from '../../src/chain/bytes.ts';
import { HEADER_SIZE, parseHeader } from '../../src/chain/header.ts';
import { BitqlError } from '../../src/errors.ts';
import type { RawBlock } from './node.ts';

const NOTHING = new Uint8Array(0);

/** The same block; reading it fails with BLOCK_DAMAGED unless it is the one that was asked for and as long as was said. */
export function checkedBlock(block: RawBlock, hash: string): RawBlock {
  return { ...block, chunks: new CheckedChunks(block, hash) };
}

/** Not a generator: the `return` of one that was not begun would not reach the source. */
class CheckedChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #size: number;
  readonly #hash: string;
  readonly #source: string;
  #read = 0;
  #isClosed = false;
  /** As much of the header as has come; null when it is checked. */
  #head: Uint8Array | null = NOTHING;

  constructor({ chunks, size, source }: RawBlock, hash: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#size = size;
    this.#hash = hash;
    this.#source = source.name;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isClosed) return { done: true, value: undefined };
    const result = await this.#chunks.next();
    if (result.done) this.#finish();
    else await this.#check(result.value);
    return result;
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#isClosed = true;
    await this.#chunks.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #check(chunk: Uint8Array): Promise<void> {
    this.#read += chunk.length;
    if (this.#head === null) return;
    this.#head = concatBytes(this.#head, chunk.subarray(0, HEADER_SIZE - this.#head.length));
    if (this.#head.length < HEADER_SIZE) return;
    const hash = hashToHex(parseHeader(this.#head).hash);
    this.#head = null;
    if (hash === this.#hash) return;
    await this.return();
    throw this.#refusal(`returned block ${hash} instead`);
  }

  #finish(): void {
    if (this.#head !== null) throw this.#refusal(`returned ${this.#read} bytes, fewer than the header of a block has`);
    if (this.#read === this.#size) return;
    throw this.#refusal(`returned ${this.#read} bytes of it, not ${this.#size}`);
  }

  #refusal(what: string): BitqlError {
    return new BitqlError('BLOCK_DAMAGED', `BitQL requested block ${this.#hash}, but ${this.#source} ${what}.`);
  }
}
