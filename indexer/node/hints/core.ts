import { toHex } from '../../../src/chain/bytes.ts';
import type { Hint } from './hint.ts';
import {
  LOST,
  NOTHING,
  readBlockHash,
  readRawBlock,
  readRawTransaction,
  readTransactionHash,
  TIP,
  type ZmqDialect,
} from './zmq-dialect.ts';

const HASH_SIZE = 32;
/** Of the count of changes of the mempool, behind hash and label. */
const COUNT_SIZE = 8;

/** Bitcoin Core and Knots (Core: doc/zmq.md, src/zmq/zmqpublishnotifier.cpp). */
export const CORE: ZmqDialect = {
  topics: [['hashblock', 'sequence', 'rawblock'], ['rawtx', 'hashtx'], ['sequence']],
  read(topic, body, network) {
    switch (topic) {
      case 'hashblock':
        return readBlockHash(body);
      case 'rawblock':
        return readRawBlock(body);
      case 'rawtx':
        return readRawTransaction(body, network);
      case 'hashtx':
        return readTransactionHash(body);
      case 'sequence':
        return readSequence(body);
      default:
        return NOTHING;
    }
  },
};

/**
 * A hash, in display order, and what became of it: a block was connected (C) or disconnected (D), a transaction was added
 * to the mempool (A) or removed (R) other than by a block. For A and R the mempool's count of changes follows.
 */
function readSequence(body: Uint8Array): readonly Hint[] {
  const label = String.fromCharCode(body[HASH_SIZE] ?? 0);
  const isBlock = label === 'C' || label === 'D';
  if (body.length !== HASH_SIZE + 1 + (isBlock ? 0 : COUNT_SIZE)) return LOST;
  if (isBlock) return TIP;
  const txid = toHex(body.subarray(0, HASH_SIZE));
  if (label === 'A') return [{ kind: 'transaction', txid, raw: null }];
  return label === 'R' ? [{ kind: 'removed', txid, reason: null, by: null }] : LOST;
}
