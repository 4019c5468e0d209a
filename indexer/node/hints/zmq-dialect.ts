import { toHex } from '../../../src/chain/bytes.ts';
import { HEADER_SIZE } from '../../../src/chain/header.ts';
import type { Network } from '../../../src/chain/networks.ts';
import { txidOf } from '../txid.ts';
import type { Hint } from './hint.ts';

/** What one family of nodes publishes over ZMQ. */
export interface ZmqDialect {
  /** What is worth listening to: of each list, the first topic that the node offers. One topic may serve for several. */
  readonly topics: readonly (readonly string[])[];
  /** What a message tells; 'lost' where its body cannot be read, nothing for a topic that is not known. Never throws. */
  read(topic: string, body: Uint8Array, network: Network): readonly Hint[];
}

export const TIP: readonly Hint[] = [{ kind: 'tip' }];
export const LOST: readonly Hint[] = [{ kind: 'lost' }];
export const NOTHING: readonly Hint[] = [];
const HASH_SIZE = 32;

/** The body of `hashtx`: all nodes publish hashes in display order, as their RPC writes them. Null if it is no hash. */
export function hashIn(body: Uint8Array): string | null {
  return body.length === HASH_SIZE ? toHex(body) : null;
}

/** `hashblock`. Where several blocks come or go at once, only the last one is told (BTC, BCH), so no hash is passed on. */
export function readBlockHash(body: Uint8Array): readonly Hint[] {
  return hashIn(body) === null ? LOST : TIP;
}

/** `rawblock`, which is as good as `hashblock` where that is not offered: its hash is not passed on either. */
export function readRawBlock(body: Uint8Array): readonly Hint[] {
  return body.length < HEADER_SIZE ? LOST : TIP;
}

/** `hashtx` */
export function readTransactionHash(body: Uint8Array): readonly Hint[] {
  const txid = hashIn(body);
  return txid === null ? LOST : [{ kind: 'transaction', txid, raw: null }];
}

/** `rawtx` */
export function readRawTransaction(body: Uint8Array, network: Network): readonly Hint[] {
  const txid = txidOf(body, network);
  return txid === null ? LOST : [{ kind: 'transaction', txid, raw: body }];
}
