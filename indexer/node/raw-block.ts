import { BitqlError } from '../../src/errors.ts';
import { bytesFromHex } from '../../src/rpc/answer-fields.ts';
import { nodeAt, unreachable } from '../../src/rpc/http.ts';
import { AnswerTooLongError } from '../../src/rpc/node-answer.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { checkedBlock } from './checked-block.ts';
import { hexAnswer } from './largest.ts';
import type { LastingAnswer } from './lasting-answer.ts';
import type { BlockSource, RawBlock } from './node.ts';
import type { RestClient, RestQuestion } from './rest-client.ts';

/** As much of a body of unknown length is kept in memory while it is counted. */
const KEPT_BYTES = 64 * 1024 * 1024;

/**
 * A block by REST, read as it arrives; null where the node offers none. Half the bytes of RPC's hex.
 * @param most the largest block that there may be, in bytes
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
 * A block by RPC: whole, since its hex comes within JSON.
 * @param most the largest block that there may be, in bytes
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

/** A block that is there already, in one or more chunks. */
export function blockInMemory(chunks: readonly Uint8Array[], source: BlockSource): RawBlock {
  return { size: chunks.reduce((size, { length }) => size + length, 0), chunks: each(chunks), source };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Null where the node, or a proxy before it, does not say how long the body will be. */
function lengthOf({ headers }: LastingAnswer): number | null {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? null : Number(length);
}

/**
 * A block whose size is not said: it is read to its end to know. One that is larger than memory should bear is asked
 * for a second time. Bitcoin SV does not say it for a block that it has not served since it was started first.
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
