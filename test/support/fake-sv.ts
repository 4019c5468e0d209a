import { EMPTY_REGTEST, ScriptedNode } from './scripted-node.ts';

const TOPICS = [
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
  static async start(topics: readonly string[] = TOPICS): Promise<FakeSv> {
    const { publisher, rpc, results } = await ScriptedNode.parts(({ address }) => ({
      getnetworkinfo: { subversion: '/Bitcoin SV:1.0.15/' },
      getblockchaininfo: EMPTY_REGTEST,
      activezmqnotifications: topics.map((topic) => ({ notification: `pub${topic}`, address })),
    }));
    return new FakeSv(publisher, rpc, results);
  }
}
