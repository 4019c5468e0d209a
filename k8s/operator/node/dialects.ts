import type { Currency } from '../../../src/chain/networks.ts';
import type { NodeImplementation, NodeNetwork } from '../../api/bitcoin-node.ts';

/** A network as one implementation has it. */
export interface NetworkDialect {
  /** The line of bitcoin.conf that chooses it; null for the one that it runs without. */
  readonly option: string | null;
  /** The section of bitcoin.conf for it, which is also what `getblockchaininfo` calls it. */
  readonly chain: string;
  readonly rpcPort: number;
  readonly p2pPort: number;
}

/** What differs between the implementations, as far as running them goes. */
export interface NodeDialect {
  readonly currency: Currency;
  readonly networks: Readonly<Partial<Record<NodeNetwork, NetworkDialect>>>;
  /** Whether bitcoin.conf has sections. Where it has, some options of other networks than mainnet are ignored outside of one. */
  readonly hasSections: boolean;
  /** Whether the log is a file beside what is printed, unless that is turned off (`debuglogfile=0`). */
  readonly logsToFile: boolean;
  /** What it publishes over ZMQ for each topic of ours: the topic itself, or what comes nearest. */
  readonly topics: Readonly<Record<ZmqTopic, readonly string[]>>;
  /** Whether queues of ZMQ have a size that can be set (`zmqpub...hwm`). */
  readonly hasHighWaterMarks: boolean;
}

type ZmqTopic = 'rawtx' | 'hashtx' | 'rawblock' | 'hashblock' | 'sequence';

const mainnet: NetworkDialect = { option: null, chain: 'main', rpcPort: 8332, p2pPort: 8333 };
const testnet: NetworkDialect = { option: 'testnet', chain: 'test', rpcPort: 18332, p2pPort: 18333 };
const regtest: NetworkDialect = { option: 'regtest', chain: 'regtest', rpcPort: 18443, p2pPort: 18444 };

/** Facts of each one's chainparamsbase.cpp, chainparams.cpp, init.cpp and doc/zmq.md. */
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
    // Of the mempool it tells what is spent twice, and nothing of what leaves.
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
    // Those with a 2 repeat nothing with a block or a reorganisation.
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

/** @throws TypeError for a network that the implementation does not have, which the API server refuses */
export function networkDialect(implementation: NodeImplementation, network: NodeNetwork): NetworkDialect {
  const found = DIALECTS[implementation].networks[network];
  if (found === undefined) throw new TypeError(`${implementation} has no network ${network}.`);
  return found;
}
