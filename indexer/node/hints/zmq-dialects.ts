import { toHex } from '../../../src/chain/bytes.ts';
import { HEADER_SIZE } from '../../../src/chain/header.ts';
import type { Network } from '../../../src/chain/networks.ts';
import type { RemovalReason } from '../../../src/store/departures.ts';
import { txidOf } from '../mempool.ts';
import type { Hint } from './hint.ts';

/** The ZMQ messages of one family of nodes. */
export interface ZmqDialect {
  /**
   * Topics to listen to. From each list, the first topic that the node offers is used. One topic may be in several
   * lists.
   */
  readonly topics: readonly (readonly string[])[];
  /** The reader of each topic. */
  readonly readers: ReadonlyMap<string, HintReader>;
}

/** Returns the hints in the body of a message: 'lost' if it cannot be read. Never throws. */
type HintReader = (body: Uint8Array, network: Network) => readonly Hint[];

const TIP: readonly Hint[] = [{ kind: 'tip' }];
const LOST: readonly Hint[] = [{ kind: 'lost' }];
const HASH_SIZE = 32;

/** The hash in a body; null if it is not a hash. All nodes publish hashes in display order, as in their RPC. */
function hashIn(body: Uint8Array): string | null {
  return body.length === HASH_SIZE ? toHex(body) : null;
}

/**
 * `hashblock`. If several blocks come or go at once, only the last one is published (BTC, BCH), so the hash is not
 * passed on.
 */
function readBlockHash(body: Uint8Array): readonly Hint[] {
  return hashIn(body) === null ? LOST : TIP;
}

/** `rawblock`, used if `hashblock` is not offered. Its hash is not passed on either. */
function readRawBlock(body: Uint8Array): readonly Hint[] {
  return body.length < HEADER_SIZE ? LOST : TIP;
}

/** `hashtx` */
function readTransactionHash(body: Uint8Array): readonly Hint[] {
  const txid = hashIn(body);
  return txid === null ? LOST : [{ kind: 'transaction', txid, raw: null }];
}

/** `rawtx` */
function readRawTransaction(body: Uint8Array, network: Network): readonly Hint[] {
  const txid = txidOf(body, network);
  return txid === null ? LOST : [{ kind: 'transaction', txid, raw: body }];
}

/** Topics that all nodes share. */
const SHARED: readonly (readonly [string, HintReader])[] = [
  ['hashblock', readBlockHash],
  ['rawblock', readRawBlock],
  ['rawtx', readRawTransaction],
  ['hashtx', readTransactionHash],
];

/** Size of the mempool's change counter, which follows hash and label. */
const COUNT_SIZE = 8;

/** Bitcoin Core and Knots (Core: doc/zmq.md, src/zmq/zmqpublishnotifier.cpp). */
export const CORE: ZmqDialect = {
  topics: [['hashblock', 'sequence', 'rawblock'], ['rawtx', 'hashtx'], ['sequence']],
  readers: new Map([...SHARED, ['sequence', readSequence]]),
};

/**
 * A hash, in display order, and a label: a block was connected (C) or disconnected (D), a transaction was added to the
 * mempool (A) or removed from it (R), other than by a block. For A and R, the mempool's change counter follows.
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

/**
 * Bitcoin Cash Node (doc/zmq.md, src/zmq/zmqpublishnotifier.cpp; the messages about double spends are in its
 * test/functional/interface_zmq.py). It does not publish what leaves the mempool.
 */
export const BCHN: ZmqDialect = {
  topics: [
    ['hashblock', 'rawblock'],
    ['rawtx', 'hashtx'],
    ['hashds', 'rawds'],
  ],
  readers: new Map([...SHARED, ['hashds', readDoubleSpentHash], ['rawds', readRawDoubleSpent]]),
};

/** `hashds` */
function readDoubleSpentHash(body: Uint8Array): readonly Hint[] {
  return doubleSpent(hashIn(body));
}

/**
 * `rawds`: the raw transaction of the mempool for which there is now a double-spend proof; neither the proof nor the
 * other transaction.
 */
function readRawDoubleSpent(body: Uint8Array, network: Network): readonly Hint[] {
  return doubleSpent(txidOf(body, network));
}

function doubleSpent(txid: string | null): readonly Hint[] {
  return txid === null ? LOST : [{ kind: 'doubleSpend', txid, by: null }];
}

/**
 * Bitcoin SV (doc/zmq.md, src/zmq/zmqpublishnotifier.cpp, src/invalid_txn_publisher.cpp). Topics that end with 2 have
 * the same form, without repetitions: a transaction that entered the mempool is not published again with its block, and
 * a reorganisation publishes each of its blocks.
 */
export const SV: ZmqDialect = {
  topics: [
    ['hashblock2', 'hashblock', 'rawblock2', 'rawblock'],
    ['rawtx2', 'rawtx', 'hashtx2', 'hashtx'],
    ['invalidtx'],
    ['discardedfrommempool'],
    ['removedfrommempoolblock'],
  ],
  readers: new Map([
    ...SHARED,
    ...SHARED.map(([topic, read]) => [`${topic}2`, read] as const),
    ['invalidtx', readInvalid],
    ['discardedfrommempool', readRemoved],
    ['removedfrommempoolblock', readRemoved],
  ]),
};

/** The reasons in `discardedfrommempool` and `removedfrommempoolblock`. There is also "unknown-reason". */
const REASONS: Readonly<Record<string, RemovalReason>> = {
  expired: 'expired',
  'mempool-sizelimit-exceeded': 'evicted',
  'collision-in-block-tx': 'conflict',
  'included-in-block': 'mined',
  reorg: 'reorganised',
};

/** {"txid", "reason", "collidedWith": {"txid", "size", "hex"}, "blockhash"}; the last two only after a collision. */
function readRemoved(body: Uint8Array): readonly Hint[] {
  const message = parseObject(body);
  const txid = txidIn(message);
  if (txid === null) return LOST;
  const word = String(message?.reason);
  const reason = Object.hasOwn(REASONS, word) ? REASONS[word]! : null;
  return [{ kind: 'removed', txid, reason, by: txidIn(message?.collidedWith) }];
}

/**
 * A transaction that the node rejects: {"txid", ..., "collidedWith": [{"txid", "size", "hex"}]}. If it collides, the
 * listed transactions are in the mempool, and this one is the double spend. It may itself have been in the mempool
 * before a reorganisation.
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
