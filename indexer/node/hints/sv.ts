import type { RemovalReason } from '../../../src/store/departures.ts';
import type { Hint } from './hint.ts';
import {
  LOST,
  NOTHING,
  readBlockHash,
  readRawBlock,
  readRawTransaction,
  readTransactionHash,
  type ZmqDialect,
} from './zmq-dialect.ts';

/**
 * Bitcoin SV (doc/zmq.md, src/zmq/zmqpublishnotifier.cpp, src/invalid_txn_publisher.cpp). Topics that end with 2 are of
 * the same form, without repetitions: a transaction that came into the mempool is not told again with its block, and a
 * reorganisation tells each of its blocks.
 */
export const SV: ZmqDialect = {
  topics: [
    ['hashblock2', 'hashblock', 'rawblock2', 'rawblock'],
    ['rawtx2', 'rawtx', 'hashtx2', 'hashtx'],
    ['invalidtx'],
    ['discardedfrommempool'],
    ['removedfrommempoolblock'],
  ],
  read(topic, body, network) {
    switch (topic) {
      case 'hashblock':
      case 'hashblock2':
        return readBlockHash(body);
      case 'rawblock':
      case 'rawblock2':
        return readRawBlock(body);
      case 'rawtx':
      case 'rawtx2':
        return readRawTransaction(body, network);
      case 'hashtx':
      case 'hashtx2':
        return readTransactionHash(body);
      case 'invalidtx':
        return readInvalid(body);
      case 'discardedfrommempool':
      case 'removedfrommempoolblock':
        return readRemoved(body);
      default:
        return NOTHING;
    }
  },
};

/** The words of `discardedfrommempool` and `removedfrommempoolblock`; "unknown-reason" is one, too. */
const REASONS: Readonly<Record<string, RemovalReason>> = {
  expired: 'expired',
  'mempool-sizelimit-exceeded': 'evicted',
  'collision-in-block-tx': 'conflict',
  'included-in-block': 'mined',
  reorg: 'reorganised',
};

/** {"txid", "reason", "collidedWith": {"txid", "size", "hex"}, "blockhash"}; the latter two with a collision only. */
function readRemoved(body: Uint8Array): readonly Hint[] {
  const message = parseObject(body);
  const txid = txidIn(message);
  if (txid === null) return LOST;
  const word = String(message?.reason);
  const reason = Object.hasOwn(REASONS, word) ? REASONS[word]! : null;
  return [{ kind: 'removed', txid, reason, by: txidIn(message?.collidedWith) }];
}

/**
 * A transaction that the node does not take: {"txid", ..., "collidedWith": [{"txid", "size", "hex"}]}. Where it collides,
 * those are transactions of the mempool, and it is the double spend. It may itself have been there, before a reorganisation.
 */
function readInvalid(body: Uint8Array): readonly Hint[] {
  const message = parseObject(body);
  const txid = txidIn(message);
  if (txid === null) return LOST;
  const collided = Array.isArray(message?.collidedWith) ? message.collidedWith.map(txidIn) : [];
  const first = collided[0] ?? null;
  const reason = first === null ? 'invalid' : 'conflict';
  const spends = collided.filter((other) => other !== null);
  return [
    ...spends.map((other): Hint => ({ kind: 'doubleSpend', txid: other, by: txid })),
    { kind: 'removed', txid, reason, by: first },
  ];
}

function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function txidIn(message: unknown): string | null {
  const txid = typeof message === 'object' && message !== null && 'txid' in message ? message.txid : null;
  return typeof txid === 'string' && /^[0-9a-f]{64}$/.test(txid) ? txid : null;
}
