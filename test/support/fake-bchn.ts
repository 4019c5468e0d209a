import { EMPTY_REGTEST, ScriptedNode } from './scripted-node.ts';

const TOPICS = ['hashblock', 'hashds', 'hashtx', 'rawblock', 'rawds', 'rawtx'];

/** A scripted Bitcoin Cash Node; what it says is as in that node's test/functional/interface_zmq.py. */
export class FakeBchn extends ScriptedNode {
  static async start(topics: readonly string[] = TOPICS): Promise<FakeBchn> {
    const { publisher, rpc, results } = await ScriptedNode.parts(({ address }) => ({
      getnetworkinfo: { subversion: '/Bitcoin Cash Node:28.0.1(EB32.0)/' },
      getblockchaininfo: EMPTY_REGTEST,
      getmempoolinfo: { mempoolminfee: 0.00001, minrelaytxfee: 0.00001 },
      getzmqnotifications: topics.map((topic) => ({ type: `pub${topic}`, address })),
    }));
    return new FakeBchn(publisher, rpc, results);
  }
}
