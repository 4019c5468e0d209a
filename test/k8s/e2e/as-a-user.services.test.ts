import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { until as untilSoon } from '../../../dev/until.ts';
import type { BitcoinIndex, BitcoinNode, BlockTrigger } from '../../../k8s/api/kinds.ts';
import { type KubernetesServer, startKubernetes } from '../../services/kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../../support/temporary-store.ts';
import { untilServed } from '../support/crds.ts';
import { Kubectl } from '../support/kubectl.ts';
import { type Kubelet, startKubelet } from '../support/kubelet/kubelet.ts';

const BASE = fileURLToPath(new URL('../../../k8s/base', import.meta.url));
const OVERLAY = fileURLToPath(new URL('../../../k8s/overlays/regtest-dev', import.meta.url));
const NAMESPACE = 'bitql-regtest';
/** The API server of the tests is too old to know that claims can be deleted with their StatefulSet. */
const OUTLIVES = 'PersistentVolumeClaim';
/** Several Pods have to start, on a busy machine. */
const PATIENCE = { timeoutMs: 240_000, intervalMs: 200 };

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const until = <T>(what: string, condition: () => T | Promise<T>) => untilSoon(what, condition, PATIENCE);

interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Record<string, unknown>;
}

/**
 * The operator in its own Pods as in k8s/base, with the rights of its service account, and kubectl as a user. The
 * kubelet of the tests runs the Pods, except MongoDB, for which there is no program here: the store is external.
 */
describeWith(
  'kubernetes',
  'kubectl',
  'container',
  'bitcoind',
  'mongodb',
)('a user with kubectl', (services) => {
  let api: KubernetesServer;
  let kubelet: Kubelet;
  let kubectl: Kubectl;
  let database: TemporaryDatabase;

  beforeAll(async () => {
    api = await startKubernetes(services.kubernetesAssets, { newerVersions: true });
    kubectl = new Kubectl(services.kubectlTools, api.kubeconfigPath);
    const namespaces = ['bitql-system', NAMESPACE];
    kubelet = await startKubelet({ api, namespaces, bitcoind: services.bitcoind });
    database = temporaryDatabase(services.mongodbUri);
  });

  afterAll(async () => {
    await kubelet?.close();
    await api?.close();
    await database?.drop();
  });

  const rendered = async (folder: string) =>
    parseAllDocuments(await kubectl.call('kustomize', folder)).map((document) => document.toJS() as AnyObject);

  const node = () => kubectl.get<BitcoinNode>('-n', NAMESPACE, 'bitcoinnode/regtest');
  const index = () => kubectl.get<BitcoinIndex>('-n', NAMESPACE, 'bitcoinindex/regtest');
  const waitFor = (object: string, condition: string) =>
    kubectl.call('-n', NAMESPACE, 'wait', object, `--for=condition=${condition}`, '--timeout=240s');

  /** bitcoin-cli in the Pod of the node. */
  async function cli(...args: string[]): Promise<void> {
    const files = ['-conf=/etc/bitcoin/bitcoin.conf', '-datadir=/data'];
    const done = await kubelet.exec(`${NAMESPACE}/regtest-node-0`, 'bitcoind', ['bitcoin-cli', ...files, ...args]);
    if (!done) throw new Error(`bitcoin-cli ${args.join(' ')} failed`);
  }

  async function ask<T>(query: string): Promise<T> {
    const { status } = await index();
    const { hostname, port } = new URL(kubelet.proxyUrl);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const headers = { 'content-type': 'application/json', host: new URL(status!.url!).host };
    const asking = request({ hostname, port, path: status!.url!, method: 'POST', headers }, async (response) => {
      resolve((await response.setEncoding('utf8').toArray()).join(''));
    });
    asking.on('error', reject).end(JSON.stringify({ query }));
    const { data, errors } = JSON.parse(await promise);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data as T;
  }

  it('installs the operator', async () => {
    await kubectl.call('apply', '--server-side', '-k', BASE);
    await untilServed(kubectl);
    await kubectl.call('-n', 'bitql-system', 'rollout', 'status', 'deployment/bitql-operator', '--timeout=240s');
  });

  it('requests a private chain as an API in a few lines, and waits until it is ready', async () => {
    const objects = await rendered(OVERLAY);
    const uri = await kubelet.reachable(database.uri);
    const store = { secretRef: { name: 'database' } };
    const given = objects.map((object) =>
      object.kind === 'BitcoinIndex' ? { ...object, spec: { ...object.spec, store } } : object,
    );
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'database', namespace: NAMESPACE } };
    await kubectl.apply([...given.filter(({ kind }) => kind === 'Namespace'), { ...secret, stringData: { uri } }]);
    await kubectl.apply(given.filter(({ kind }) => kind !== 'Namespace'));
    await waitFor('bitcoinindex/regtest', 'Ready');
    const { chain } = await ask<{ chain: { network: string } }>('{ chain { network } }');
    expect(chain.network).toBe('btc-regtest');
  });

  it('sees the node and its index follow the chain, in columns', async () => {
    await cli('createwallet', 'w');
    await cli('-generate', '5');
    await waitFor('bitcoinnode/regtest', 'Synced');
    await waitFor('bitcoinnode/regtest', 'Ready');
    await until('the node to be at height 5', async () => (await node()).status?.chain?.blocks === 5);
    await until('the index to be at height 5', async () => (await index()).status?.height === 5);
    const nodes = await kubectl.call('-n', NAMESPACE, 'get', 'bitcoinnodes');
    expect(nodes).toMatch(/^NAME +IMPL +NETWORK +READY +SYNCED +HEIGHT +LAG +SPLIT +TIP +AGE\n/);
    expect(nodes).toMatch(/^regtest +BitcoinCore +Regtest +True +True +5 +0 +False +\S+ +\S+$/m);
    const indexes = await kubectl.call('-n', NAMESPACE, 'get', 'bitcoinindex');
    expect(indexes).toMatch(/^NAME +URL +HEIGHT +LAG +READY +AGE\n/);
    expect(indexes).toMatch(/^regtest +http:\/\/regtest\.bitql-regtest\.svc:4000\/graphql +5 +0 +True +\S+$/m);
    const { block } = await ask<{ block: { hash: string } }>('{ block(height: 5) { hash } }');
    expect(block.hash).toBe((await node()).status?.chain?.bestBlockHash);
  });

  it('can have every field explained', async () => {
    expect(await kubectl.explain('bitcoinnode.spec.pruning')).toContain('targetMiB');
    expect(await kubectl.explain('bitcoinindex.spec.gateway.replicas.min')).toContain('At least.');
    expect(await kubectl.explain('blocktrigger.spec.onReorg')).toContain('reorganisation');
  });

  it('gets Jobs for new blocks', async () => {
    const container = { name: 'tell', image: 'example', command: ['sh', '-c', 'echo $BLOCK_HEIGHT $BLOCK_HASH'] };
    const security = { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } };
    const rights = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
    const pod = {
      restartPolicy: 'Never',
      securityContext: security,
      containers: [{ ...container, securityContext: rights }],
    };
    const trigger = {
      apiVersion: 'bitql.dev/v1alpha1',
      kind: 'BlockTrigger',
      metadata: { name: 'tell', namespace: NAMESPACE },
      spec: {
        nodeRef: { name: 'regtest' },
        templates: [{ name: 'tell', manifest: { spec: { template: { spec: pod } } } }],
      },
    };
    await kubectl.apply([trigger]);
    await waitFor('blocktrigger/tell', 'Ready');
    await cli('-generate', '2');
    const handled = async () => (await kubectl.get<BlockTrigger>('-n', NAMESPACE, 'blocktrigger/tell')).status;
    await until('both blocks to be handled', async () => (await handled())?.handled?.height === 7);
    expect((await handled())?.created).toBe(2);
    const jobs = ['-n', NAMESPACE, 'wait', 'job', '-l', 'bitql.dev/trigger=tell', '--for=condition=Complete'];
    await kubectl.call(...jobs, '--timeout=240s');
  });

  it('restarts the operator, and no Pod of a node, index or gateway', async () => {
    const uids = async () => {
      const { items } = await kubectl.get<{ items: V1Pod[] }>(
        '-n',
        NAMESPACE,
        'pods',
        '-l',
        'app.kubernetes.io/part-of=bitql',
      );
      return items.map(({ metadata }) => metadata!.uid).sort();
    };
    const before = await uids();
    expect(before.length).toBeGreaterThanOrEqual(3);
    await kubectl.call('-n', 'bitql-system', 'rollout', 'restart', 'deployment/bitql-operator');
    await kubectl.call('-n', 'bitql-system', 'rollout', 'status', 'deployment/bitql-operator', '--timeout=240s');
    await cli('-generate', '1');
    await until('the new operator to tell of a block', async () => (await node()).status?.chain?.blocks === 8);
    expect(await uids()).toEqual(before);
  });

  it('deletes all of it, and nothing is left behind', async () => {
    await kubectl.call(
      '-n',
      NAMESPACE,
      'delete',
      'blocktriggers,bitcoinindexes,bitcoinnodes',
      '--all',
      '--timeout=240s',
    );
    const kinds =
      'pods,deployments,statefulsets,services,jobs,networkpolicies,ingresses,persistentvolumeclaims,configmaps,secrets';
    const left = async () => {
      const { items } = await kubectl.get<{ items: AnyObject[] }>('-n', NAMESPACE, kinds);
      const isOurs = ({ kind, metadata: { name } }: AnyObject) =>
        !/^default-token|^kube-root-ca|^database$/.test(name) && kind !== OUTLIVES;
      return items.filter(isOurs).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    };
    await until('nothing to be left', async () => (await left()).length === 0).catch(async () => {
      expect(await left()).toEqual([]);
    });
    const { spec } = await kubectl.get<V1Deployment>('-n', 'bitql-system', 'deployment/bitql-operator');
    expect(spec!.replicas).toBe(2);
  });
});
