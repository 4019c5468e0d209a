import { ByteReader, concatBytes } from '../../chain/bytes.ts';

/** Transaction ids on one page: 2^10, so that a page is a subtree of the block's merkle tree. */
export const PAGE_LEVELS = 10;
export const PAGE_LENGTH = 2 ** PAGE_LEVELS;

/**
 * A stretch of a block's transaction ids (internal byte order), with the root of their merkle subtree. The roots of all
 * pages are the leaves of the upper tree; a lone page's is the block's.
 */
export interface TxidPage {
  readonly root: Uint8Array;
  readonly txids: readonly Uint8Array[];
}

/** Layout: root (32), then 32 bytes for each id. */
export function encodePage({ root, txids }: TxidPage): Uint8Array {
  return concatBytes(root, ...txids);
}

export function decodePage(bytes: Uint8Array): TxidPage {
  const reader = new ByteReader(bytes);
  const root = reader.bytes(32);
  const txids: Uint8Array[] = [];
  while (reader.remaining > 0) txids.push(reader.bytes(32));
  return { root, txids };
}
