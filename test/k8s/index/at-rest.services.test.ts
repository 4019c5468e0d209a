import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type RegtestNode, startRegtest } from '../../../dev/regtest.ts';
import { until } from '../../../dev/until.ts';
import type { BitcoinNode } from '../../../k8s/api/kinds.ts';
import { INDEX } from '../../../k8s/operator/index/names.ts';
import { NODE } from '../../../k8s/operator/node/names.ts';
import { DEPLOYMENT, SECRET, SERVICE } from '../../../k8s/operator/runtime/kinds.ts';
import type { ApiObject } from '../../../k8s/operator/runtime/resource.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { FakeNode } from '../../support/fake-node.ts';
import { ApiProxy } from '../runtime/support/api-proxy.ts';
import { operatorToken } from '../support/operator-account.ts';
import { IMAGE, IndexOperator } from './support/operator.ts';
import { Place } from './support/place.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** Longer than the tests. */
const REMEMBER_MS = 24 * 3_600_000;
const POLLS = 6;
const NAMES = ['one', 'two', 'three'];

describeWith('kubernetes', 'bitcoind')('an operator at rest', ({ bitcoind }) => {
  const stack = new AsyncDisposableStack();
  let api: KubernetesApi;
  let proxy: ApiProxy;
  let place: Place;
  let nodes: readonly RegtestNode[];
  let asked: readonly FakeNode[];

  beforeAll(async () => {
    api = await sharedKubernetes();
    nodes = await Promise.all(NAMES.map(async () => stack.use(await startRegtest({ bitcoind }))));
    asked = await Promise.all(nodes.map(async (node) => stack.use(await FakeNode.before(node))));
    proxy = stack.use(await ApiProxy.start(api, await operatorToken(api)));
    place = await Place.make(api, 'at-rest');
    await place.apply(SECRET, 'login', { stringData: { username: 'a', password: 'b' } });
    await place.apply(SECRET, 'database', { stringData: { uri: 'mongodb://user:pass@127.0.0.1:1/bitql' } });
    for (const [n, name] of NAMES.entries()) {
      await nodes[n]!.mine(1);
      const external = { url: new URL(asked[n]!.url).origin, secretRef: { name: 'login' } };
      await place.apply(NODE, name, { spec: { network: 'Regtest', external } });
      const store = { secretRef: { name: 'database' } };
      await place.apply(INDEX, name, { spec: { nodeRef: { name }, store } });
    }
    stack.use(new IndexOperator(proxy.kubeconfig, [place.namespace], IMAGE, REMEMBER_MS));
    for (const name of NAMES) await place.untilCondition(name, 'Reconciled', 'True');
    for (const name of NAMES) await place.untilCondition(name, 'NodeReady', 'True');
    await untilQuiet();
  });

  afterAll(() => stack.disposeAsync());

  /** Waits until each node was asked a few more times, so that the operator has looked at everything since. */
  async function untilPolled(): Promise<void> {
    const counts = asked.map((node) => node.asked('getblockchaininfo'));
    const isPolled = () => asked.every((node, n) => node.asked('getblockchaininfo') >= counts[n]! + POLLS);
    await until('all nodes to be asked again', isPolled);
  }

  /** The requests to the API since then, except discovery and new watches, which are repeated regularly. */
  function requestsSince(count: number): string[] {
    return proxy.requests
      .slice(count)
      .filter(({ path, isWatch }) => !isWatch && path.includes('/namespaces/at-rest/'))
      .map(({ method, path }) => `${method} ${path.split('?')[0]!.replace(/^.*\/namespaces\/at-rest\//, '')}`);
  }

  async function untilQuiet(): Promise<void> {
    const isQuiet = async () => {
      const before = proxy.requests.length;
      await untilPolled();
      return requestsSince(before).length === 0;
    };
    await until('the operator to come to rest', isQuiet);
  }

  it('asks the API for nothing', async () => {
    const before = proxy.requests.length;
    await untilPolled();
    expect(requestsSince(before)).toEqual([]);
  });

  it('writes the status of a node that has a new block, and nothing else', async () => {
    const before = proxy.requests.length;
    const [hash] = await nodes[0]!.mine(1);
    const isTold = async () => (await place.get<BitcoinNode>(NODE, 'one')).status?.chain?.bestBlockHash === hash;
    await until('the status to tell of it', isTold);
    await untilQuiet();
    expect(requestsSince(before)).toEqual(['PATCH bitcoinnodes/one/status']);
  });

  it('restores changed objects, and touches nothing else', async () => {
    const before = proxy.requests.length;
    await place.patch(SERVICE, 'two', { metadata: { labels: { 'app.kubernetes.io/part-of': 'else' } } });
    const isMended = async () =>
      (await place.get<ApiObject>(SERVICE, 'two')).metadata.labels?.['app.kubernetes.io/part-of'] === 'bitql';
    await until('it to be mended', isMended);
    await untilQuiet();
    expect(requestsSince(before)).toEqual(['PATCH services/two']);
  });

  it('leaves alone fields that others add to a workload, once its own are applied', async () => {
    const before = proxy.requests.length;
    await place.patch(DEPLOYMENT, 'three-gateway', { metadata: { annotations: { team: 'chain' } } });
    await until('it to be looked at', () => requestsSince(before).length > 0);
    await untilQuiet();
    expect(requestsSince(before)).toEqual(['PATCH deployments/three-gateway']);
    const { annotations } = (await place.get<ApiObject>(DEPLOYMENT, 'three-gateway')).metadata;
    expect(annotations).toMatchObject({ team: 'chain' });
  });

  it('changes only objects that depend on a changed spec', async () => {
    const before = proxy.requests.length;
    await place.patch(INDEX, 'one', { spec: { gateway: { drainSeconds: 7 } } });
    await until('it to be applied', () => requestsSince(before).length > 0);
    await untilQuiet();
    const changed = requestsSince(before);
    expect(
      changed.filter((request) => !/^PATCH (deployments\/one-gateway|bitcoinindexes\/one\/status)$/.test(request)),
    ).toEqual([]);
    expect(changed).toContain('PATCH deployments/one-gateway');
  });
});
