import { expect, it, vi } from 'vitest';
import { DevChain } from '../../../dev/dev-chain.ts';
import { type RegtestNode, startRegtest } from '../../../dev/regtest.ts';
import { describeWith } from '../../services/suite.ts';
import { nodeSuite } from './support/node-suite.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const OTHER_MINER = 'bcrt1q6z64a43mjgkcq0ul2znwneq3spghrlau9slefp';
const SERVICES = ['kubernetes', 'kubectl', 'bitcoind'] as const;

describeWith(...SERVICES)('the status of a node', (services) => {
  const { bitcoind } = services;
  const suite = nodeSuite(services, 110);
  const open = (namespace: string) => suite.open(`follows-${namespace}`);

  it('follows new blocks, and kubectl shows it and waits for it', async () => {
    await using stage = await open('follows');
    await stage.applyExternal('main', suite.node);
    await suite.kubectl.call('wait', '-n', stage.namespace, '--for=condition=Synced', '--timeout=30s', 'btc/main');
    await stage.untilCondition('main', 'Ready', 'True');
    const height = await suite.node.rpc<number>('getblockcount');
    const hash = await suite.node.rpc<string>('getbestblockhash');
    const { chain, node: software, endpoints, binding, peers, observedGeneration, tips } = await stage.status('main');
    expect(chain).toMatchObject({ name: 'regtest', blocks: height, headers: height, lag: 0, bestBlockHash: hash });
    expect(chain).toMatchObject({ initialBlockDownload: false, pruned: false, progressPermille: 1_000 });
    expect(software!.version).toMatch(/^\d+\.\d+/);
    expect(software!.userAgent).toMatch(/^\/Satoshi/);
    expect(endpoints).toEqual([{ name: 'rpc', url: suite.node.url }]);
    expect(binding).toEqual({ name: 'main-rpc' });
    expect({ peers, observedGeneration }).toEqual({ peers: { inbound: 0, outbound: 0 }, observedGeneration: 1 });
    expect(tips![0]).toMatchObject({ hash, height, branchLength: 0, status: 'active' });
    const [next] = await suite.node.mine(1);
    await stage.untilStatus('main', 'to have the new block', ({ chain }) => chain?.bestBlockHash === next);
    const shown = await suite.kubectl.call('get', 'bitcoinnodes', '-n', stage.namespace);
    expect(shown.split('\n')[0]!.split(/\s+/)).toEqual([
      'NAME',
      'IMPL',
      'NETWORK',
      'READY',
      'SYNCED',
      'HEIGHT',
      'LAG',
      'SPLIT',
      'TIP',
      'AGE',
    ]);
    expect(shown).toMatch(new RegExp(`main +BitcoinCore +Regtest +True +True +${height + 1} +0 +False`));
    await stage.untilToldOf('main', ['Normal Synced']);
  });

  it('comes to rest while nothing happens', async () => {
    await using stage = await open('rests');
    await stage.applyExternal('main', suite.node);
    await stage.untilCondition('main', 'Ready', 'True');
    const [before] = await Promise.all([stage.get('bitcoinnode', 'main')]);
    // Another node gets its status in the meantime, which shows that the operator is working.
    await stage.applyExternal('other', suite.node);
    await stage.untilCondition('other', 'Ready', 'True');
    expect((await stage.get('bitcoinnode', 'main'))!.metadata.resourceVersion).toBe(before!.metadata.resourceVersion);
  });

  it('reports a reorganisation, and a split as long as the old branch competes', async () => {
    await using stage = await open('reorganises');
    await stage.applyExternal('main', suite.node);
    await stage.untilCondition('main', 'ChainSplit', 'False');
    const chain = new DevChain(suite.node.urlWithPassword);
    const shallow = await chain.reorg(1);
    await stage.untilStatus('main', 'to follow', ({ chain }) => chain?.bestBlockHash === shallow.blocks.at(-1));
    await stage.untilCondition('main', 'ChainSplit', 'False');
    const deep = await chain.reorg(2);
    const condition = await stage.untilCondition('main', 'ChainSplit', 'True', 'LocalFork');
    expect(condition.message).toContain('self');
    const { split } = await stage.untilStatus(
      'main',
      'to say how',
      (status) => status.split?.ourTip === deep.blocks.at(-1),
    );
    expect(split).toMatchObject({
      forkHeight: deep.fork.height,
      depth: 2,
      competingTip: deep.stale.at(-1),
      witnesses: [{ name: 'self', height: deep.fork.height + 2, hash: deep.stale.at(-1) }],
    });
    await suite.node.mine(1);
    await stage.untilCondition('main', 'ChainSplit', 'False');
    await stage.untilStatus('main', 'to be whole', (status) => status.split === undefined);
    await stage.untilToldOf('main', ['Warning ChainSplit', 'Normal ChainSplitHealed']);
  });

  it('finds an invalid branch with more work', async () => {
    await using stage = await open('invalid');
    await using other = await startRegtest({ bitcoind });
    await other.mine(10);
    await stage.applyExternal('main', other);
    await stage.untilCondition('main', 'ChainSplit', 'False');
    const hash = await other.rpc<string>('getblockhash', 8);
    await other.rpc('invalidateblock', hash);
    await stage.untilCondition('main', 'ChainSplit', 'True', 'InvalidTipWithMoreWork');
    await other.rpc('reconsiderblock', hash);
    await stage.untilCondition('main', 'ChainSplit', 'False');
  });

  it('reports that two nodes follow different chains, not that one is behind, and that they agree again', async () => {
    await using stage = await open('splits');
    await using left = await startRegtest({ bitcoind });
    await using right = await startRegtest({ bitcoind });
    await left.mine(20);
    await copyBlocks(left, right, 1, 15);
    await stage.applyExternal('right', right);
    const sync = { references: [{ name: 'neighbour', nodeRef: { name: 'right' } }] };
    await stage.applyExternal('left', left, { sync });
    // Being five blocks behind is no split.
    const agreed = await stage.untilCondition('left', 'ChainSplit', 'False');
    expect(agreed.message).not.toContain('No comparison');
    // To another address: otherwise blocks of the same second would be equal.
    await right.mine(4, OTHER_MINER);
    await stage.untilCondition('left', 'ChainSplit', 'True', 'ReferenceDisagreement');
    const { split } = await stage.status('left');
    const theirs = await right.rpc<string>('getblockhash', 18);
    expect(split).toMatchObject({ forkHeight: 15, depth: 4, competingTip: await right.rpc('getbestblockhash') });
    expect(split!.witnesses).toEqual([{ name: 'neighbour', height: 18, hash: theirs }]);
    // The one with less work does not know the other chain.
    await stage.untilCondition('right', 'ChainSplit', 'False');
    await copyBlocks(left, right, 16, 20);
    await stage.untilCondition('left', 'ChainSplit', 'False');
    await stage.untilCondition('right', 'ChainSplit', 'True', 'LocalFork');
    await right.mine(1);
    await stage.untilCondition('right', 'ChainSplit', 'False');
  });

  it('reports that a reference cannot be asked', async () => {
    await using stage = await open('unheard');
    const references = [
      { name: 'gone', nodeRef: { name: 'nowhere' } },
      { name: 'mute', url: 'http://127.0.0.1:2', secretRef: { name: 'main-login' } },
    ];
    await stage.applyExternal('main', suite.node, { sync: { references } });
    const { message } = await stage.untilCondition('main', 'ChainSplit', 'False');
    expect(message).toContain('No comparison with gone was possible: There is no BitcoinNode nowhere.');
    expect(message).toContain('No comparison with mute was possible: bitcoind at http://127.0.0.1:2 does not answer');
  });

  it('reports an invalid address, and everything else about a node with such a reference', async () => {
    await using stage = await open('addresses');
    const secretRef = { name: 'main-login' };
    const references = [{ name: 'odd', url: 'http://10.0.0.256', secretRef }];
    await stage.applyExternal('main', suite.node, { sync: { references } });
    await stage.untilCondition('main', 'Ready', 'True');
    const untilSaid = (name: string, type: string, status: string, said: string) =>
      stage.untilStatus(name, `to say ${said}`, ({ conditions = [] }) =>
        conditions.some((one) => one.type === type && one.status === status && one.message.includes(said)),
      );
    const compared = 'No comparison with odd was possible: http://10.0.0.256 is not a valid address';
    await untilSaid('main', 'ChainSplit', 'False', compared);
    await stage.applyNode('odd', { network: 'Regtest', external: { url: 'http://[1:2]:8332', secretRef } });
    await stage.untilCondition('odd', 'Stalled', 'True', 'BadAddress');
    await untilSaid('odd', 'Stalled', 'True', 'http://[1:2]:8332 is not a valid address');
    await stage.applyExternal('odd', suite.node, {
      external: { url: suite.node.url, secretRef, zmq: ['tcp://a<b:1'] },
    });
    await untilSaid('odd', 'Stalled', 'True', 'tcp://a<b:1');
    await stage.applyExternal('odd', suite.node);
    await stage.untilCondition('odd', 'Ready', 'True');
  });

  it('says why the node does not answer, and keeps its last answers', async () => {
    await using stage = await open('loses');
    await using other = await startRegtest({ bitcoind });
    await other.mine(3);
    await stage.applyExternal('main', other);
    await stage.untilCondition('main', 'Ready', 'True');
    await other.stop();
    await stage.untilCondition('main', 'RPCReachable', 'False', 'Refused');
    const { conditions, chain } = await stage.status('main');
    expect(conditions!.find(({ type }) => type === 'Synced')).toMatchObject({ status: 'Unknown' });
    expect(conditions!.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'Refused' });
    expect(chain!.blocks).toBe(3);
    await other.start();
    await stage.untilCondition('main', 'Ready', 'True');
    // The report depends on how it stopped: it may have cut a connection first.
    await stage.untilToldOf('main', [/^Warning (Refused|Unreachable)$/, 'Normal RPCReachable']);
  });

  it('distinguishes a wrong password from a missing one, and continues by itself with the right one', async () => {
    await using stage = await open('passwords');
    const external = { url: suite.node.url, secretRef: { name: 'later' } };
    await stage.applyNode('main', { network: 'Regtest', external });
    const { message } = await stage.untilCondition('main', 'Stalled', 'True', 'SecretNotFound');
    expect(message).toBe('There is no Secret later in this namespace: create it, with the keys username and password.');
    await stage.applyLogin('later', suite.node.user, 'wrong');
    await stage.untilCondition('main', 'RPCReachable', 'False', 'AuthFailed');
    await stage.untilCondition('main', 'Stalled', 'False');
    await stage.applyLogin('later', suite.node.user, suite.node.password);
    await stage.untilCondition('main', 'Ready', 'True');
    expect(JSON.stringify([await stage.status('main'), await stage.events('main')])).not.toContain(suite.node.password);
  });

  it('does not accept a node of another chain', async () => {
    await using stage = await open('foreign');
    await stage.applyExternal('main', suite.node, { network: 'Mainnet' });
    const { message } = await stage.untilCondition('main', 'Stalled', 'True', 'WrongChain');
    expect(message).toContain('follows "regtest"');
    await stage.applyExternal('coin', suite.node, { implementation: 'BitcoinCashNode' });
    await stage.untilCondition('coin', 'Stalled', 'True', 'WrongChain');
    await stage.untilCondition('coin', 'Ready', 'False', 'WrongChain');
  });
});

/** Gives blocks of one node to another, as the network would. */
async function copyBlocks(from: RegtestNode, to: RegtestNode, first: number, last: number): Promise<void> {
  for (let height = first; height <= last; height++) {
    const raw = await from.rpc<string>('getblock', await from.rpc('getblockhash', height), 0);
    await to.rpc('submitblock', raw);
  }
}
