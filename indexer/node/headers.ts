import { hashToHex } from '../../src/chain/bytes.ts';
import { type BlockHeader, HEADER_SIZE, parseHeader } from '../../src/chain/header.ts';
import { BitqlError } from '../../src/errors.ts';
import { bytesFromHex, parseHash } from '../../src/rpc/answer-fields.ts';
import { RPC_CODES, rpcCode, unrefused } from '../../src/rpc/codes.ts';
import { nodeAt } from '../../src/rpc/http.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import type { RestClient } from './rest-client.ts';

/** Core: MAX_REST_HEADERS_RESULTS. */
const MOST_BY_REST = 2_000;
/** Headers in one batch of RPC calls. */
const MOST_BY_RPC = 500;
/** How often a height is requested again because its block was just replaced. */
const ATTEMPTS = 5;

/** Headers of the main chain from a height on, as `ChainNode` promises them. */
export async function headersFrom(rest: RestClient, rpc: Rpc, height: number, count: number): Promise<BlockHeader[]> {
  const headers: BlockHeader[] = [];
  while (headers.length < count) {
    const next = height + headers.length;
    const wanted = count - headers.length;
    const found = (await byRest(rest, rpc, next, wanted)) ?? (await byRpc(rpc, next, wanted));
    headers.push(...found.headers);
    if (found.headers.length < found.asked) break;
  }
  return headers;
}

interface HeaderBatch {
  readonly headers: readonly BlockHeader[];
  readonly asked: number;
}

/** Null if the node offers no REST. */
async function byRest(rest: RestClient, rpc: Rpc, height: number, wanted: number): Promise<HeaderBatch | null> {
  const asked = Math.min(wanted, MOST_BY_REST);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [hash] = await hashesFrom(rpc, height, 1);
    if (hash === undefined) return { headers: [], asked };
    const question = { hash, count: asked, maxBytes: asked * HEADER_SIZE };
    const answer =
      (await rest.get({ ...question, endpoint: 'headers/HASH.bin?count=COUNT' })) ??
      (await rest.get({ ...question, endpoint: 'headers/COUNT/HASH.bin' }));
    if (answer === null) return null;
    const headers = headersIn(await answer.bytes(), hash, asked, nodeAt(rest.origin));
    // Empty if the block left the main chain in between.
    if (headers.length > 0) return { headers, asked };
  }
  throw new BitqlError('NODE_UNREACHABLE', `${nodeAt(rest.origin)} replaces its block ${height} again and again.`);
}

async function byRpc(rpc: Rpc, height: number, wanted: number): Promise<HeaderBatch> {
  const asked = Math.min(wanted, MOST_BY_RPC);
  const hashes = await hashesFrom(rpc, height, asked);
  const answers = await rpc.calls(
    'getblockheader',
    hashes.map((hash) => [hash, false]),
  );
  const headers = answers.flatMap((answer, i) =>
    headersIn(bytesFromHex(unrefused(answer), 'getblockheader'), hashes[i]!, 1, 'bitcoind'),
  );
  return { headers, asked };
}

/** Hashes of the main chain, up to the tip. */
async function hashesFrom(rpc: Rpc, height: number, count: number): Promise<string[]> {
  const heights = Array.from({ length: count }, (_, i) => [height + i]);
  const answers = await rpc.calls('getblockhash', heights);
  const end = answers.findIndex((answer) => answer instanceof BitqlError);
  if (end < 0) return answers.map((hash) => parseHash(hash));
  // Above the tip.
  if (rpcCode(answers[end]) !== RPC_CODES.INVALID_PARAMETER) throw answers[end];
  return answers.slice(0, end).map((hash) => parseHash(hash));
}

/** Consecutive headers. The first must have the given hash, and each must name the one before it. */
function headersIn(bytes: Uint8Array, first: string, most: number, source: string): BlockHeader[] {
  const refuse = (what: string) => new BitqlError('NODE_REFUSED', `${source} returned headers ${what}.`);
  const count = bytes.length / HEADER_SIZE;
  if (!Number.isInteger(count) || count > most) {
    throw refuse(`of ${bytes.length} bytes in all: they should be ${HEADER_SIZE} each, and ${most} at the most`);
  }
  const headers = Array.from({ length: count }, (_, i) => parseHeader(bytes, i * HEADER_SIZE).detach());
  headers.forEach((header, i) => {
    const before = headers[i + 1]?.previousHash;
    if (i === 0 && hashToHex(header.hash) !== first) throw refuse(`that do not begin with block ${first}`);
    if (before !== undefined && hashToHex(before) !== hashToHex(header.hash)) throw refuse('that do not form a chain');
  });
  return headers;
}
