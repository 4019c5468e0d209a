import { BitqlError } from '../errors.ts';

/**
 * What a node's refusal of a block means, by RPC or REST (Core: CheckBlockDataAvailability in src/rpc/blockchain.cpp, and
 * src/rest.cpp); null for another refusal. "Block not found on disk" is none of these: that takes -reindex.
 * @param reason the node's own words
 */
export function blockRefusal(node: string, reason: string, cause?: unknown): BitqlError | null {
  if (/pruned/i.test(reason)) {
    return new BitqlError(
      'NODE_PRUNED',
      `${node} has pruned a block that is needed: start a new store at a higher block (--from), or use a node that keeps its blocks.`,
      cause,
    );
  }
  if (!/not fully downloaded/i.test(reason)) return null;
  return new BitqlError(
    'NODE_LACKS_BLOCK',
    `${node} has not yet downloaded a block that is needed, for example after loading a snapshot (assumeutxo). BitQL asks for it again.`,
    cause,
  );
}
