import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { NODE_CALLS, whitelistLine } from '../../src/rpc/node-calls.ts';
import { describeWith } from '../services/suite.ts';
import { followNode, untilCaughtUp } from '../support/live-index.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const NEEDED = Object.entries(NODE_CALLS).flatMap(([method, { without }]) => (without === null ? [method] : []));
const HELPFUL = Object.keys(NODE_CALLS).filter((method) => !NEEDED.includes(method));
/** Calls that starting the node, and the test, need. */
const OWN = ['getblockcount', 'stop', 'generatetoaddress'];
const GATEWAY = [
  'sendrawtransaction',
  'decoderawtransaction',
  'testmempoolaccept',
  'submitpackage',
  'estimatesmartfee',
];
/** Only called if something else is missing. */
const SELDOM = [
  'getpeerinfo',
  'getblockheader',
  'getblock',
  'gettxout',
  'getmempoolentry',
  'getrawtransaction',
  ...GATEWAY,
];

describeWith('bitcoind')('a node whose -rpcwhitelist', ({ bitcoind }) => {
  let node: RegtestNode;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind, zmq: true });
    await node.mine(5);
  });

  afterAll(() => node.close());

  const allow = (methods: readonly string[]) =>
    node.restart({ args: [`-rpcwhitelist=${node.user}:${[...OWN, ...methods].join(',')}`, '-rpcwhitelistdefault=0'] });

  it('allows only the needed calls is followed by polling, and the missing calls are named once', async () => {
    await allow(NEEDED);
    const warnings: string[] = [];
    const live = new LiveNode(parseNodeAddress(node.urlWithPassword), null, undefined, {
      onUnavailable: (message) => warnings.push(message),
    });
    const store = await temporaryStore();
    const stop = new AbortController();
    const following = followNode(node, { store, node: live, live, signal: stop.signal });
    try {
      for (let blocks = 0; blocks < 2; blocks++) {
        await node.mine(1);
        await untilCaughtUp(store, node);
      }
      await until('all of it', () => warnings.length >= 4);
    } finally {
      stop.abort();
      await following;
      await store.close();
    }
    const named = warnings.map((warning) => /does not allow (\w+) /.exec(warning)?.[1]).sort();
    const isAsked = (method: string) => method !== 'activezmqnotifications' && !GATEWAY.includes(method);
    expect(named).toEqual(HELPFUL.filter(isAsked).sort());
    expect(warnings.find((warning) => warning.includes('does not allow getzmq'))).toMatch(
      /rpcwhitelist=bitql:getblockchaininfo,.* Without it, the node is polled \(--poll\)/,
    );
  });

  it.each(NEEDED.filter((method) => !SELDOM.includes(method)))(
    'lacks %s ends the indexer, which names it and the line to add',
    async (method) => {
      await allow(NEEDED.filter((needed) => needed !== method));
      const store = await temporaryStore();
      try {
        await expect(followNode(node, { store, once: true })).rejects.toMatchObject({
          code: 'NODE_UNAUTHORIZED',
          message: expect.stringMatching(`does not allow ${method} .*${whitelistLine(node.user)}`),
        });
      } finally {
        await store.close();
      }
    },
  );

  it('is combined with the cookie is not taken for a restart', async () => {
    await node.restart({
      args: [`-rpcwhitelist=__cookie__:getblockchaininfo,getnetworkinfo`, '-rpcwhitelistdefault=0'],
    });
    const live = new LiveNode(parseNodeAddress(node.url, node.cookiePath));
    await live.info();
    await expect(live.blockHash(1)).rejects.toMatchObject({
      code: 'NODE_UNAUTHORIZED',
      message: expect.stringContaining(whitelistLine('__cookie__')),
    });
  });
});
