import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type RegtestNode, startRegtest } from '../../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../../dev/sandbox.ts';
import { until as untilSoon } from '../../../dev/until.ts';
import { INDEX } from '../../../k8s/operator/index/names.ts';
import { NODE } from '../../../k8s/operator/node/names.ts';
import { DEPLOYMENT, NETWORK_POLICY, POD, SECRET, SERVICE } from '../../../k8s/operator/runtime/kinds.ts';
import { BITQL, cleanEnvironment } from '../../cli/support.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../../support/temporary-store.ts';
import { Kubectl } from '../support/kubectl.ts';
import { type Kubelet, startKubelet } from '../support/kubelet/kubelet.ts';
import { IMAGE } from './support/operator.ts';
import { Place } from './support/place.ts';

/** Pods take seconds to start on a busy machine. */
const PATIENCE = { timeoutMs: 150_000, intervalMs: 250 };

vi.setConfig({ testTimeout: 400_000, hookTimeout: 240_000 });

function until<T>(what: string, condition: () => T | Promise<T>) {
  return untilSoon(what, condition, PATIENCE);
}

describeWith(
  'kubernetes',
  'kubectl',
  'container',
  'bitcoind',
  'mongodb',
)('an index in a cluster', (services) => {
  let api: KubernetesApi;
  let kubelet: Kubelet;
  let kubectl: Kubectl;
  let node: RegtestNode;
  let database: TemporaryDatabase;
  let place: Place;
  let operator: SandboxProcess;
  const sandbox = new Sandbox('operator');

  beforeAll(async () => {
    [api, node] = await Promise.all([sharedKubernetes(), startRegtest({ bitcoind: services.bitcoind })]);
    kubectl = new Kubectl(services.kubectlTools, api.kubeconfigPath);
    database = temporaryDatabase(services.mongodbUri);
    await node.mine(5);
    place = await Place.make(api, 'bitcoin');
    kubelet = await startKubelet({ api, namespaces: ['bitcoin'], bitcoind: services.bitcoind });
    operator = startOperator('first');
  });

  afterAll(async () => {
    await sandbox.close();
    await kubelet?.close();
    await node?.close();
    await database?.drop();
  });

  /** `bitql operator` outside of the cluster, with a way to its Services. */
  function startOperator(name: string): SandboxProcess {
    const args = [
      '--kubeconfig',
      api.kubeconfigPath,
      '--namespaces',
      'bitcoin',
      '--lease-name',
      'none',
      '--image',
      IMAGE,
    ];
    const env = { ...cleanEnvironment(), ...kubelet.environment };
    return sandbox.start(name, process.execPath, [BITQL, 'operator', ...args], env);
  }

  /** Uses the Service name inside the cluster. */
  function graphql<T>(url: string, query: string): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const headers = { 'content-type': 'application/json' };
    const asking = request(kubelet.proxyUrl, { method: 'POST', path: url, headers, agent: false }, (response) => {
      resolve(json(response) as Promise<T>);
    });
    asking.on('error', reject).end(JSON.stringify({ query }));
    return promise;
  }

  const podUids = async () => {
    const pods = await place.list<{ metadata: { name: string; uid: string } }>(POD);
    return pods.map(({ metadata }) => metadata.uid).sort();
  };

  it('answers GraphQL from Pods that run as rendered', async () => {
    const uri = await kubelet.reachable(database.uri);
    await place.apply(SECRET, 'rpc', { stringData: { username: node.user, password: node.password } });
    await place.apply(SECRET, 'database', { stringData: { uri } });
    const external = { url: await kubelet.reachable(node.url), secretRef: { name: 'rpc' } };
    await kubectl.apply(
      `
      apiVersion: bitql.dev/v1alpha1
      kind: BitcoinNode
      metadata: { name: regtest, namespace: bitcoin }
      spec:
        network: Regtest
        external: ${JSON.stringify(external)}
      ---
      apiVersion: bitql.dev/v1alpha1
      kind: BitcoinIndex
      metadata: { name: chain, namespace: bitcoin }
      spec:
        nodeRef: { name: regtest }
        store: { secretRef: { name: database } }
        gateway: { broadcast: true, drainSeconds: 0, replicas: { min: 2 } }
    `.replaceAll(/^ {6}/gm, ''),
    );
    await kubectl
      .call('wait', '-n', 'bitcoin', 'bitcoinindex/chain', '--for=condition=Ready', '--timeout=150s')
      .catch(async (error: Error) => {
        const said = JSON.stringify((await place.index('chain')).status?.conditions, null, 1);
        throw new Error(`${error.message}\n${said}\n${operator.output()}\n${String(kubelet.lastError)}`);
      });
    const { status } = await place.index('chain');
    expect(status).toMatchObject({
      network: 'btc-regtest',
      gateway: { readyReplicas: 2 },
      indexer: { readyReplicas: 1 },
    });
    const answer = await graphql<{ data: unknown }>(
      status!.url!,
      '{ block(height: 5) { hash } chain { tip { height } } }',
    );
    expect(answer.data).toEqual({ block: { hash: await node.rpc('getblockhash', 5) }, chain: { tip: { height: 5 } } });
  });

  it('follows its node, and kubectl shows how far it is', async () => {
    await node.mine(4);
    await until('the height to follow', async () => (await place.index('chain')).status?.height === 9);
    await kubectl.call('wait', '-n', 'bitcoin', 'bitcoinindex/chain', '--for=condition=Synced', '--timeout=60s');
    const [head, row] = (await kubectl.call('get', 'bitcoinindex', 'chain', '-n', 'bitcoin')).trim().split('\n');
    expect(head!.split(/\s+/)).toEqual(['NAME', 'URL', 'HEIGHT', 'LAG', 'READY', 'AGE']);
    expect(row!.split(/\s+/).slice(0, 5)).toEqual(['chain', 'http://chain.bitcoin.svc:4000/graphql', '9', '0', 'True']);
  });

  it('sends transactions to the node if that is switched on', async () => {
    const { tx } = await node.rpc<{ tx: { hex: string }[] }>('getblock', await node.rpc('getblockhash', 1), 2);
    const { errors } = await graphql<{ errors: { extensions: { code: string } }[] }>(
      (await place.index('chain')).status!.url!,
      `mutation { broadcastTransaction(raw: "${tx[0]!.hex}") }`,
    );
    // The node answers this: a coinbase transaction cannot be sent.
    expect(errors[0]!.extensions.code).toBe('TRANSACTION_REFUSED');
  });

  it('leaves its Pods alone when another operator takes over', async () => {
    const before = await podUids();
    operator.kill('SIGTERM');
    expect(await operator.ended).toBe(0);
    operator = startOperator('second');
    await node.mine(1);
    await until('the height to follow', async () => (await place.index('chain')).status?.height === 10);
    expect(await podUids()).toEqual(before);
  });

  it('disappears when it is deleted', async () => {
    await place.delete(INDEX, 'chain');
    await place.delete(NODE, 'regtest');
    const kinds = [DEPLOYMENT, SERVICE, NETWORK_POLICY, POD];
    const left = async () => (await Promise.all(kinds.map((kind) => place.names(kind)))).flat();
    await until('all to be gone', async () => (await left()).length === 0);
    const isOurs = (name: string) => !name.startsWith('default-token');
    const kept = async () => (await place.names(SECRET)).filter(isOurs).sort();
    await expect.poll(kept, { timeout: 60_000 }).toEqual(['database', 'rpc']);
  });
});
