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
  getnetworkinfo: { usedFor: 'which currency it is', without: null },
  getblockhash: { usedFor: 'finding blocks', without: null },
  getblockheader: { usedFor: 'finding blocks', without: null },
  getblock: { usedFor: 'blocks where the node offers no REST, and what old ones spend', without: null },
  getbestblockhash: { usedFor: 'the mempool', without: null },
  getrawmempool: { usedFor: 'the mempool', without: null },
  getmempoolentry: { usedFor: 'the mempool', without: null },
  getrawtransaction: { usedFor: 'the mempool; what old blocks spend, with -txindex', without: null },
  gettxout: { usedFor: 'what unconfirmed transactions spend of blocks that are not indexed', without: null },
  getmempoolinfo: {
    usedFor: 'whether the mempool is loaded, and full',
    without: 'what leaves a full mempool is told as removed without the reason',
  },
  getzmqnotifications: {
    usedFor: 'where it publishes over ZMQ (BTC, BCH)',
    without: 'it is asked for news now and then (--poll), unless --zmq says where it publishes',
  },
  activezmqnotifications: {
    usedFor: 'where it publishes over ZMQ (BSV)',
    without: 'it is asked for news now and then (--poll), unless --zmq says where it publishes',
  },
  getchaintips: {
    usedFor: 'competing branches',
    without: 'competing branches are not told, nor blocks taken back that it finds invalid, until others come',
  },
  getchaintxstats: { usedFor: 'how much is left to index', without: 'the time that is left is not told' },
  getpeerinfo: { usedFor: 'the operator, of nodes whose getnetworkinfo does not count peers each way', without: null },
  sendrawtransaction: { usedFor: '`broadcastTransaction`', without: null },
  decoderawtransaction: {
    usedFor: '`broadcastTransaction` of what the node has already',
    without: 'such a transaction may be told as refused',
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
