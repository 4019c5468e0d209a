import type { Currency } from '../../../src/chain/networks.ts';
import type { NodeImplementation, NodeNetwork } from '../../api/bitcoin-node.ts';

/** A network in the terms of one implementation. */
interface NetworkDialect {
  /** The option in bitcoin.conf that selects it; null for the default network. */
  readonly option: string | null;
  /** Its section in bitcoin.conf, which is also its name in `getblockchaininfo`. */
  readonly chain: string;
  readonly rpcPort: number;
  readonly p2pPort: number;
}

/** The differences between implementations that matter for running them. */
interface NodeDialect {
  readonly currency: Currency;
  readonly networks: Readonly<Partial<Record<NodeNetwork, NetworkDialect>>>;
  /** Whether bitcoin.conf has sections. If so, some options of networks other than mainnet are ignored outside of a section. */
  readonly hasSections: boolean;
  /** Whether the log is also written to a file unless that is turned off (`debuglogfile=0`). */
  readonly logsToFile: boolean;
  /** The ZMQ topics to publish for each topic of the spec: the topic itself, or the nearest ones. */
  readonly topics: Readonly<Record<ZmqTopic, readonly string[]>>;
  /** Whether the size of ZMQ queues can be set (`zmqpub...hwm`). */
  readonly hasHighWaterMarks: boolean;
}

type ZmqTopic = 'rawtx' | 'hashtx' | 'rawblock' | 'hashblock' | 'sequence';

const mainnet: NetworkDialect = { option: null, chain: 'main', rpcPort: 8332, p2pPort: 8333 };
const testnet: NetworkDialect = { option: 'testnet', chain: 'test', rpcPort: 18332, p2pPort: 18333 };
const regtest: NetworkDialect = { option: 'regtest', chain: 'regtest', rpcPort: 18443, p2pPort: 18444 };

/** From chainparamsbase.cpp, chainparams.cpp, init.cpp and doc/zmq.md of each implementation. */
export const DIALECTS: Readonly<Record<NodeImplementation, NodeDialect>> = {
  BitcoinCore: {
    currency: 'BTC',
    networks: {
      Mainnet: mainnet,
      Testnet: testnet,
      Testnet4: { option: 'testnet4', chain: 'testnet4', rpcPort: 48332, p2pPort: 48333 },
      Signet: { option: 'signet', chain: 'signet', rpcPort: 38332, p2pPort: 38333 },
      Regtest: regtest,
    },
    hasSections: true,
    logsToFile: true,
    topics: {
      rawtx: ['rawtx'],
      hashtx: ['hashtx'],
      rawblock: ['rawblock'],
      hashblock: ['hashblock'],
      sequence: ['sequence'],
    },
    hasHighWaterMarks: true,
  },
  BitcoinCashNode: {
    currency: 'BCH',
    networks: {
      Mainnet: mainnet,
      Testnet: testnet,
      Testnet4: { option: 'testnet4', chain: 'test4', rpcPort: 28332, p2pPort: 28333 },
      Chipnet: { option: 'chipnet', chain: 'chip', rpcPort: 48332, p2pPort: 48333 },
      Regtest: regtest,
    },
    hasSections: true,
    logsToFile: true,
    // It publishes double spends in the mempool, but not what leaves it.
    topics: {
      rawtx: ['rawtx'],
      hashtx: ['hashtx'],
      rawblock: ['rawblock'],
      hashblock: ['hashblock'],
      sequence: ['hashds'],
    },
    hasHighWaterMarks: false,
  },
  BitcoinSV: {
    currency: 'BSV',
    networks: {
      Mainnet: mainnet,
      Testnet: testnet,
      STN: { option: 'stn', chain: 'stn', rpcPort: 9332, p2pPort: 9333 },
      Regtest: { ...regtest, rpcPort: 18332 },
    },
    hasSections: false,
    logsToFile: false,
    // Topics with a 2 do not repeat transactions with a block or a reorganisation.
    topics: {
      rawtx: ['rawtx2'],
      hashtx: ['hashtx2'],
      rawblock: ['rawblock2'],
      hashblock: ['hashblock2'],
      sequence: ['discardedfrommempool', 'removedfrommempoolblock', 'invalidtx'],
    },
    hasHighWaterMarks: false,
  },
};

/** @throws TypeError for a network that the implementation does not have; the API server refuses these */
export function networkDialect(implementation: NodeImplementation, network: NodeNetwork): NetworkDialect {
  const found = DIALECTS[implementation].networks[network];
  if (found === undefined) throw new TypeError(`${implementation} has no network ${network}.`);
  return found;
}
