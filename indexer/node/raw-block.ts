import { concatBytes, hashToHex } from '../../src/chain/bytes.ts';
import { HEADER_SIZE, parseHeader } from '../../src/chain/header.ts';
import { BitqlError } from '../../src/errors.ts';
import { bytesFromHex } from '../../src/rpc/answer-fields.ts';
import { AnswerTooLongError, nodeAt, unreachable } from '../../src/rpc/http.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { hexAnswer } from './largest.ts';
import type { LastingAnswer } from './lasting-answer.ts';
import type { BlockSource, RawBlock } from './node.ts';
import type { RestClient, RestQuestion } from './rest-client.ts';

/** While the length of a body of unknown length is measured, up to this many bytes are kept in memory. */
const KEPT_BYTES = 64 * 1024 * 1024;

/**
 * A block by REST, read as it arrives; null if the node offers none. This takes half the bytes of RPC's hex.
 * @param most size of the largest possible block, in bytes
 */
export async function blockByRest(rest: RestClient, hash: string, most: number): Promise<RawBlock | null> {
  const question: RestQuestion = { endpoint: 'block/HASH.bin', hash, maxBytes: most };
  const chunks = await rest.get(question);
  if (chunks === null) return null;
  const size = lengthOf(chunks);
  const source = nodeSource(nodeAt(rest.origin));
  const block = size === null ? await measured(chunks, rest, question, source) : { size, chunks, source };
  return checkedBlock(block, hash);
}

/**
 * A block by RPC, whole, because its hex is within JSON.
 * @param most size of the largest possible block, in bytes
 */
export async function blockByRpc(rpc: Rpc, hash: string, most: number): Promise<RawBlock> {
  try {
    const hex = await rpc.callWith({ maxAnswerBytes: hexAnswer(most) }, 'getblock', hash, 0);
    return checkedBlock(blockInMemory([bytesFromHex(hex, 'getblock')], nodeSource('bitcoind')), hash);
  } catch (error) {
    if (!(error instanceof AnswerTooLongError)) throw error;
    const message = `Block ${hash} is too large for RPC: start bitcoind with -rest.`;
    throw new BitqlError('NODE_REFUSED', message, error);
  }
}

function nodeSource(name: string): BlockSource {
  return {
    name,
    cure: 'Check the disk and memory of its machine, and start bitcoind with -reindex.',
    again: null,
  };
}

/** A block that is in memory already, in one or more chunks. */
export function blockInMemory(chunks: readonly Uint8Array[], source: BlockSource): RawBlock {
  return { size: chunks.reduce((size, { length }) => size + length, 0), chunks: each(chunks), source };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Null if the node, or a proxy before it, does not say how long the body is. */
function lengthOf({ headers }: LastingAnswer): number | null {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? null : Number(length);
}

/**
 * A block of unknown size is read to its end to measure it. If it is too large to keep in memory, it is requested a
 * second time. Bitcoin SV sends no size for a block that it has not served since its first start.
 */
async function measured(
  chunks: LastingAnswer,
  rest: RestClient,
  question: RestQuestion,
  source: BlockSource,
): Promise<RawBlock> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size <= KEPT_BYTES) kept.push(chunk);
    else kept.length = 0;
  }
  if (size <= KEPT_BYTES) return blockInMemory(kept, source);
  const again = await rest.get(question);
  if (again === null) throw unreachable(rest.origin, new Error('its REST interface is no longer available'));
  return { size, chunks: again, source };
}

const NOTHING = new Uint8Array(0);

/**
 * The same block, checked while it is read: reading fails with BLOCK_DAMAGED unless it has the requested hash and the
 * announced length.
 */
export function checkedBlock(block: RawBlock, hash: string): RawBlock {
  return { ...block, chunks: new CheckedChunks(block, hash) };
}

/** Not a generator: the `return` of a generator that has not begun would not reach the source. */
class CheckedChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #size: number;
  readonly #hash: string;
  readonly #source: string;
  #read = 0;
  #isClosed = false;
  /** The bytes of the header so far; null after it was checked. */
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
