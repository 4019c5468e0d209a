import { nodeAt, unreachable } from '../../src/rpc/http.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { bytesFromHex } from './answers.ts';
import { checkedBlock } from './checked-block.ts';
import type { BlockSource, RawBlock } from './node.ts';
import { ResponseChunks } from './response-chunks.ts';
import type { Rest } from './rest.ts';

/** As much of a body of unknown length is kept in memory while it is counted. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** A block by REST, read as it arrives; null where the node offers none. Half the bytes of RPC's hex. */
export async function blockByRest(rest: Rest, hash: string): Promise<RawBlock | null> {
  const response = await rest.get('block/HASH.bin', hash);
  if (response === null) return null;
  const chunks = new ResponseChunks(response, rest.origin);
  const size = lengthOf(response);
  const source = nodeSource(nodeAt(rest.origin));
  const block = size === null ? await measured(chunks, rest, hash, source) : { size, chunks, source };
  return checkedBlock(block, hash);
}

/** A block by RPC: whole, since its hex comes within JSON. */
export async function blockByRpc(rpc: Rpc, hash: string): Promise<RawBlock> {
  const bytes = bytesFromHex(await rpc.longCall('getblock', hash, 0), 'getblock');
  return checkedBlock(blockInMemory([bytes], nodeSource('bitcoind')), hash);
}

function nodeSource(name: string): BlockSource {
  return {
    name,
    cure: 'Look after the disk and memory of its machine, and start bitcoind with -reindex.',
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
function lengthOf({ headers }: Response): number | null {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? null : Number(length);
}

/**
 * A block whose size is not said: it is read to its end to know. One that is larger than memory should bear is asked
 * for a second time. Bitcoin SV does not say it for a block that it has not served since it was started first.
 */
async function measured(chunks: ResponseChunks, rest: Rest, hash: string, source: BlockSource): Promise<RawBlock> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size <= KEPT_BYTES) kept.push(chunk);
    else kept.length = 0;
  }
  if (size <= KEPT_BYTES) return blockInMemory(kept, source);
  const again = await rest.get('block/HASH.bin', hash);
  if (again === null) throw unreachable(rest.origin, new Error('it offers REST no more'));
  return { size, chunks: new ResponseChunks(again, rest.origin), source };
}
