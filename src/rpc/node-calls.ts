/** What BitQL uses a call for, and what happens without it. */
export interface NodeCall {
  /** Null if BitQL cannot work without it. */
  readonly without: string | null;
  /** What uses it. */
  readonly usedFor: string;
}

/**
 * Every call that indexer, gateway and operator make to a node, without those that `bitql dev` makes to its own node.
 */
export const NODE_CALLS = {
  getblockchaininfo: { usedFor: 'the network and its tip', without: null },
  getnetworkinfo: { usedFor: "the node's currency", without: null },
  getblockhash: { usedFor: 'finding blocks', without: null },
  getblockheader: { usedFor: 'finding blocks', without: null },
  getblock: { usedFor: 'blocks, if the node has no REST, and the outputs that old blocks spend', without: null },
  getbestblockhash: { usedFor: 'the mempool', without: null },
  getrawmempool: { usedFor: 'the mempool', without: null },
  getmempoolentry: { usedFor: 'the mempool', without: null },
  getrawtransaction: { usedFor: 'the mempool; the outputs that old blocks spend, with -txindex', without: null },
  gettxout: {
    usedFor: 'outputs of blocks that are not indexed, if unconfirmed transactions spend them',
    without: null,
  },
  getmempoolinfo: {
    usedFor: 'whether the mempool is loaded, and whether it is full; `feeEstimates`',
    without: 'transactions that leave a full mempool are reported as removed without the reason',
  },
  getzmqnotifications: {
    usedFor: "the node's ZMQ addresses (BTC, BCH)",
    without: 'the node is polled (--poll), unless --zmq has its ZMQ addresses',
  },
  activezmqnotifications: {
    usedFor: "the node's ZMQ addresses (BSV)",
    without: 'the node is polled (--poll), unless --zmq has its ZMQ addresses',
  },
  getchaintips: {
    usedFor: 'competing branches',
    without:
      'competing branches are not reported, and blocks that the node finds invalid stay until other blocks replace them',
  },
  getchaintxstats: { usedFor: 'how much is left to index', without: 'the remaining time is not reported' },
  getpeerinfo: {
    usedFor: 'the operator, for nodes whose getnetworkinfo does not count inbound and outbound peers',
    without: null,
  },
  sendrawtransaction: { usedFor: '`broadcastTransaction`', without: null },
  decoderawtransaction: {
    usedFor: '`broadcastTransaction` of a transaction that the node already has',
    without: 'such a transaction may be reported as refused',
  },
  testmempoolaccept: { usedFor: '`testTransactions`', without: null },
  submitpackage: { usedFor: '`broadcastPackage`', without: null },
  estimatesmartfee: { usedFor: '`feeEstimates`', without: '`feeEstimates` has no estimates of the node' },
} as const satisfies Record<string, NodeCall>;

/** What happens without a call that is optional; null for a required one. */
export function withoutCall(method: string): string | null {
  const calls: Readonly<Record<string, NodeCall>> = NODE_CALLS;
  return calls[method]?.without ?? null;
}

/**
 * The line of bitcoin.conf that allows a user all these calls. If a user has several lines, only calls that all of them
 * allow are allowed.
 */
export function whitelistLine(user: string): string {
  return `rpcwhitelist=${user}:${Object.keys(NODE_CALLS).join(',')}`;
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * 1024;

/** A number, a hash, or a record of a few fields; as much again for the text of a refusal. */
const SHORT = 16 * KIBIBYTE;
/** A node's description of itself, with lists of addresses and soft forks. */
const SELF = 256 * KIBIBYTE;
/** A list of branches, peers, or relatives in the mempool. */
const LIST = 4 * MEBIBYTE;
/** Any other call. */
const USUAL = 64 * MEBIBYTE;
/** The longest answer to a batch. If it would be longer, the batch is split. */
const TOGETHER = 64 * MEBIBYTE;

/** The longest answer to one call, in bytes, unless the caller knows better. */
const LONGEST: Readonly<Record<string, number>> = {
  activezmqnotifications: SELF,
  estimatesmartfee: SHORT,
  getbestblockhash: SHORT,
  getblockchaininfo: SELF,
  getblockcount: SHORT,
  getblockhash: SHORT,
  getblockheader: SHORT,
  getchaintips: LIST,
  getchaintxstats: SHORT,
  getmempoolentry: LIST,
  getmempoolinfo: SHORT,
  getnetworkinfo: SELF,
  getpeerinfo: LIST,
  getzmqnotifications: SELF,
  sendrawtransaction: SHORT,
  submitblock: SHORT,
  submitpackage: SELF,
  testmempoolaccept: SELF,
};

/**
 * The longest answer to some calls of a method, in bytes.
 * @param each the longest answer to one call, if the caller knows it
 */
export function longestAnswer(method: string, calls: number, each = LONGEST[method] ?? USUAL): number {
  return calls === 1 ? each : Math.min(calls * each, TOGETHER);
}
