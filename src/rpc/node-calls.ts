/** What a call is to BitQL: without a needed one it cannot go on; without the others, this is what happens. */
export interface NodeCall {
  /** Null where it is needed. */
  readonly without: string | null;
  /** What needs it, or makes use of it. */
  readonly usedFor: string;
}

/** Every call that indexer, gateway and operator make of a node. What `bitql dev` asks its own node is not among them. */
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
    usedFor: 'whether the mempool is loaded, and whether it is full',
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
} as const satisfies Record<string, NodeCall>;

/** What goes on without a call that is not needed; null for one that is. */
export function withoutCall(method: string): string | null {
  const calls: Readonly<Record<string, NodeCall>> = NODE_CALLS;
  return calls[method]?.without ?? null;
}

/** The line of bitcoin.conf that allows a user all of them. Of several lines for a user, only what all allow is allowed. */
export function whitelistLine(user: string): string {
  return `rpcwhitelist=${user}:${Object.keys(NODE_CALLS).join(',')}`;
}
