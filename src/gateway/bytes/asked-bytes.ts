import { hashFromHex } from '../../chain/bytes.ts';
import { BitqlError } from '../../errors.ts';

/** The route of all bytes. */
export const BYTES_ROUTE = '/tx/*';
/** What all their paths begin with. */
export const BYTES_PATH = '/tx/';

/** Bytes of the chain that a path names. */
export interface AskedBytes {
  /** Internal byte order. */
  readonly txid: Uint8Array;
  /** In display order, in lower case. */
  readonly id: string;
  /** A push of a data output, both counted from 0; null for the whole transaction. */
  readonly push: { readonly output: number; readonly index: number } | null;
}

const PATH = /^([0-9a-f]{64})\/(?:raw|output\/(\d{1,9})\/push\/(\d{1,9}))$/i;

/** @param path after `/tx/` @throws BAD_QUERY */
export function askedBytes(path: string): AskedBytes {
  const found = PATH.exec(path);
  if (found === null) {
    throw new BitqlError(
      'BAD_QUERY',
      'There are no such bytes: the paths are /tx/TXID/raw, and /tx/TXID/output/N/push/M for a push of a data output, where ' +
        'TXID has 64 hexadecimal digits and N and M are counted from 0.',
    );
  }
  const [, hex = '', output, index] = found;
  const id = hex.toLowerCase();
  const push = output === undefined ? null : { output: Number(output), index: Number(index) };
  return { txid: hashFromHex(id), id, push };
}
