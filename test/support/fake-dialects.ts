import { EMPTY_REGTEST, ScriptedNode } from './scripted-node.ts';

const BCHN_TOPICS = ['hashblock', 'hashds', 'hashtx', 'rawblock', 'rawds', 'rawtx'];

/** A scripted Bitcoin Cash Node. Its messages are those of that node's test/functional/interface_zmq.py. */
export class FakeBchn extends ScriptedNode {
  static async start(topics: readonly string[] = BCHN_TOPICS): Promise<FakeBchn> {
    const { publisher, rpc, results } = await ScriptedNode.parts(({ address }) => ({
      getnetworkinfo: { subversion: '/Bitcoin Cash Node:28.0.1(EB32.0)/' },
      getblockchaininfo: EMPTY_REGTEST,
      getmempoolinfo: { mempoolminfee: 0.00001, minrelaytxfee: 0.00001 },
      getzmqnotifications: topics.map((topic) => ({ type: `pub${topic}`, address })),
    }));
    return new FakeBchn(publisher, rpc, results);
  }
}

const SV_TOPICS = [
  'discardedfrommempool',
  'hashblock',
  'hashblock2',
  'invalidtx',
  'rawtx',
  'rawtx2',
  'removedfrommempoolblock',
];

/**
 * A scripted Bitcoin SV node. It has activezmqnotifications instead of getzmqnotifications (its src/rpc/misc.cpp), and no
 * minimum relay fee in getmempoolinfo.
 */
export class FakeSv extends ScriptedNode {
  static async start(topics: readonly string[] = SV_TOPICS): Promise<FakeSv> {
    const { publisher, rpc, results } = await ScriptedNode.parts(({ address }) => ({
      getnetworkinfo: { subversion: '/Bitcoin SV:1.0.15/' },
      getblockchaininfo: EMPTY_REGTEST,
      activezmqnotifications: topics.map((topic) => ({ notification: `pub${topic}`, address })),
    }));
    return new FakeSv(publisher, rpc, results);
  }
}
