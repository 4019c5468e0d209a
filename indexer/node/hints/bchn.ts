import type { Network } from '../../../src/chain/networks.ts';
import { txidOf } from '../txid.ts';
import type { Hint } from './hint.ts';
import {
  hashIn,
  LOST,
  NOTHING,
  readBlockHash,
  readRawBlock,
  readRawTransaction,
  readTransactionHash,
  type ZmqDialect,
} from './zmq-dialect.ts';

/**
 * Bitcoin Cash Node (doc/zmq.md, src/zmq/zmqpublishnotifier.cpp; what a double spend publishes is in its
 * test/functional/interface_zmq.py). It tells nothing of what leaves the mempool.
 */
export const BCHN: ZmqDialect = {
  topics: [
    ['hashblock', 'rawblock'],
    ['rawtx', 'hashtx'],
    ['hashds', 'rawds'],
  ],
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
      case 'hashds':
        return doubleSpent(hashIn(body));
      case 'rawds':
        return rawDoubleSpent(body, network);
      default:
        return NOTHING;
    }
  },
};

/** The transaction of the mempool for which there is a double-spend proof now, whole: not the proof, and not the other one. */
function rawDoubleSpent(body: Uint8Array, network: Network): readonly Hint[] {
  return doubleSpent(txidOf(body, network));
}

function doubleSpent(txid: string | null): readonly Hint[] {
  return txid === null ? LOST : [{ kind: 'doubleSpend', txid, by: null }];
}
