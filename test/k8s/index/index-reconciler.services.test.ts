import type { CoreV1Event, V1Deployment, V1Secret, V1Service, V1StatefulSet } from '@kubernetes/client-node';
import { beforeAll, expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { MONGODB_IMAGE } from '../../../k8s/operator/images.ts';
import { REQUESTS_METRIC } from '../../../k8s/operator/index/gateway.ts';
import { INDEX } from '../../../k8s/operator/index/names.ts';
import { CHECKSUM_ANNOTATION } from '../../../k8s/operator/index/pod.ts';
import { NODE } from '../../../k8s/operator/node/names.ts';
import {
  CONFIG_MAP,
  DEPLOYMENT,
  EVENT,
  INGRESS,
  NETWORK_POLICY,
  POD,
  SECRET,
  SERVICE,
  STATEFUL_SET,
} from '../../../k8s/operator/runtime/kinds.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { ApiProxy } from '../runtime/support/api-proxy.ts';
import { operatorKubeconfig, operatorToken } from '../support/operator-account.ts';
import type { WrittenIndex } from './support/objects.ts';
import { IMAGE, IndexOperator } from './support/operator.ts';
import { conditionOf, Place } from './support/place.ts';

const NEWER_IMAGE = 'registry.example/bitql:2.0.0';
/** Nothing answers there: none of these tests needs a node that does. */
const NODE_SPEC = { network: 'Regtest', external: { url: 'http://127.0.0.1:1', secretRef: { name: 'rpc' } } };
/** The machine may be busy with other tests. */
const PATIENCE = { timeoutMs: 90_000 };
/** The API server of the tests does not know ReadWriteOncePod yet. */
const STORAGE = { accessMode: 'ReadWriteOnce' } as const;
const STORE_URI = 'mongodb://user:pass@127.0.0.1:1/bitql';

describeWith('kubernetes')('the reconciler of indexes', () => {
  let api: KubernetesApi;
  let operatorConfig: string;

  beforeAll(async () => {
    api = await sharedKubernetes();
    operatorConfig = await operatorKubeconfig(api);
  });

  /** A namespace with a node and the URI of a database, and the operations of a test in it. */
  async function inNamespace(namespace: string) {
    const place = await Place.make(api, `index-${namespace}`);
    await place.apply(SECRET, 'rpc', { stringData: { username: 'a', password: 'b/@:?#%' } });
    await place.apply(SECRET, 'database', { stringData: { uri: STORE_URI } });
    await place.apply(NODE, 'node', { spec: NODE_SPEC });
    return place;
  }

  const SPEC: WrittenIndex = { nodeRef: { name: 'node' }, store: { secretRef: { name: 'database' } } };

  it('creates the parts of an index, and says which kinds the cluster does not serve', async () => {
    const place = await inNamespace('creates');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'chain', { spec: SPEC });
    await place.untilCondition('chain', 'Reconciled', 'True');
    const unserved = await place.untilCondition('chain', 'AllKindsServed', 'False');
    expect(unserved.reason).toBe('NotServed');
    for (const kind of ['HorizontalPodAutoscaler', 'PodDisruptionBudget', 'ServiceMonitor']) {
      expect(unserved.message).toContain(kind);
    }
    const gateway = await place.get<V1Deployment>(DEPLOYMENT, 'chain-gateway');
    expect(gateway.spec!.replicas).toBe(2);
    expect(gateway.spec!.template.spec!.containers[0]!.image).toBe(IMAGE);
    expect((await place.get<V1Deployment>(DEPLOYMENT, 'chain-indexer')).spec!.replicas).toBe(1);
    // Its password has characters that a URL must encode.
    const binding = await place.get<V1Secret>(SECRET, 'node-rpc');
    const uri = new URL(Buffer.from(binding.data!.uri!, 'base64').toString());
    expect(decodeURIComponent(uri.password)).toBe('b/@:?#%');
    const index = await place.index('chain');
    expect(index.status).toMatchObject({ observedGeneration: 1, url: 'http://chain.index-creates.svc:4000/graphql' });
    expect(conditionOf(index, 'Ready')).toMatchObject({ status: 'False' });
    expect(conditionOf(index, 'Stalled')).toMatchObject({ status: 'False' });
    expect(conditionOf(index, 'Reconciling')).toMatchObject({ status: 'True' });
    const told = async () =>
      (await place.list<CoreV1Event>(EVENT)).some(({ reason }) => reason === 'NotAllKindsServed');
    await until('an event', told);
  });

  it('reports no missing custom metrics if an adapter serves them', async () => {
    const place = await inNamespace('metrics');
    const gateway = { autoscaling: { requestsPerSecond: 100 } };
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, gateway } });
    {
      await using _ = new IndexOperator(operatorConfig, [place.namespace]);
      const { message } = await place.untilCondition('chain', 'AllKindsServed', 'False');
      expect(message).toContain('custom.metrics.k8s.io');
    }
    await using proxy = await ApiProxy.start(api, await operatorToken(api));
    const metric = { name: `pods/${REQUESTS_METRIC}`, kind: 'MetricValueList', namespaced: true };
    const body = JSON.stringify({ kind: 'APIResourceList', resources: [metric] });
    proxy.answer = ({ path }) => (path === '/apis/custom.metrics.k8s.io/v1beta2' ? { status: 200, body } : null);
    await using _ = new IndexOperator(proxy.kubeconfig, [place.namespace]);
    const isServed = async () =>
      !conditionOf(await place.index('chain'), 'AllKindsServed')!.message.includes('custom.metrics.k8s.io');
    await until('them to be served', isServed, PATIENCE);
  });

  it('continues if the API does not say which kinds it serves, and removes nothing', async () => {
    const place = await inNamespace('broken-groups');
    const gateway = { autoscaling: { requestsPerSecond: 100 }, ingress: { host: 'chain.example' } };
    {
      await using _ = new IndexOperator(operatorConfig, [place.namespace]);
      await place.apply(INDEX, 'chain', { spec: { ...SPEC, gateway } });
      await place.untilCondition('chain', 'Reconciled', 'True');
    }
    const kept = async () => [...(await place.names(NETWORK_POLICY)), ...(await place.names(INGRESS))];
    const before = await kept();
    expect(before.length).toBeGreaterThan(2);
    await using proxy = await ApiProxy.start(api, await operatorToken(api));
    const broken =
      /^\/apis\/(custom\.metrics\.k8s\.io\/v1beta[12]|networking\.k8s\.io\/v1|monitoring\.coreos\.com\/.*)$/;
    proxy.answer = ({ path }) => (broken.test(path) ? { status: 503, body: 'the server is unavailable' } : null);
    await using _ = new IndexOperator(proxy.kubeconfig, [place.namespace]);
    await place.patch(INDEX, 'chain', { spec: { gateway: { drainSeconds: 7 } } });
    const isApplied = async () => {
      const { spec } = await place.get<V1Deployment>(DEPLOYMENT, 'chain-gateway');
      const { env = [] } = spec!.template.spec!.containers[0]!;
      return env.some(({ name, value }) => name === 'BITQL_DRAIN_DELAY' && value === '7');
    };
    await until('the spec to be applied', isApplied, PATIENCE);
    await place.untilCondition('chain', 'Reconciled', 'True');
    expect(await kept()).toEqual(before);
    // It retries, with growing delays.
    expect(proxy.requests.filter(({ path }) => path === '/apis/networking.k8s.io/v1').length).toBeLessThan(10);
    proxy.answer = () => null;
    await place.patch(INDEX, 'chain', { spec: { gateway: { ingress: null } } });
    await until('the Ingress to go', async () => (await place.names(INGRESS)).length === 0, PATIENCE);
  });

  it('says which rights it lacks', async () => {
    const place = await inNamespace('forbids');
    await using proxy = await ApiProxy.start(api, await operatorToken(api));
    const body = JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: 'deployments are forbidden' });
    proxy.answer = ({ method, path }) =>
      method === 'PATCH' && path.includes('/deployments/') ? { status: 403, body } : null;
    await using _ = new IndexOperator(proxy.kubeconfig, [place.namespace]);
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, desiredState: 'Stopped' } });
    const { message } = await place.untilCondition('chain', 'Stalled', 'True', 'Refused');
    expect(message).toContain('deployments are forbidden');
    proxy.answer = () => null;
    await place.untilCondition('chain', 'Reconciled', 'True');
  });

  it('changes no Pods when an operator restarts', async () => {
    const place = await inNamespace('restarts');
    {
      await using _ = new IndexOperator(operatorConfig, [place.namespace]);
      await place.apply(INDEX, 'chain', { spec: { ...SPEC, store: { managed: { storage: STORAGE } } } });
      await place.untilCondition('chain', 'Reconciled', 'True');
    }
    const generations = async () => {
      const workloads = [...(await place.list(DEPLOYMENT)), ...(await place.list(STATEFUL_SET))];
      return workloads.map(({ metadata }) => metadata!.generation);
    };
    const secrets = async () => (await place.list<V1Secret>(SECRET)).map(({ data }) => data);
    const before = [await generations(), await secrets()];
    // A new process applies the content that a new version would have. Its first change shows that it has been here.
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'chain', {
      spec: { ...SPEC, store: { managed: { storage: STORAGE } }, networkPolicy: 'Unmanaged' },
    });
    await until('the policies to be gone', async () => (await place.names(NETWORK_POLICY)).length === 0, PATIENCE);
    expect([await generations(), await secrets()]).toEqual(before);
  });

  it('follows changes of the spec', async () => {
    const place = await inNamespace('changes');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    const ingress = { host: 'api.example.org', tlsSecretName: 'certificate' };
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, gateway: { replicas: { min: 3 }, ingress } } });
    await until('the Ingress', async () => (await place.names(INGRESS)).join() === 'chain', PATIENCE);
    await until(
      'its URL',
      async () => (await place.index('chain')).status?.url === 'https://api.example.org/graphql',
      PATIENCE,
    );
    expect((await place.get<V1Deployment>(DEPLOYMENT, 'chain-gateway')).spec!.replicas).toBe(3);
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, desiredState: 'Stopped' } });
    await until('the Ingress to be gone', async () => (await place.names(INGRESS)).length === 0, PATIENCE);
    const replicas = async () => (await place.list<V1Deployment>(DEPLOYMENT)).map(({ spec }) => spec!.replicas);
    await until('all to be stopped', async () => (await replicas()).join() === '0,0', PATIENCE);
    const ready = await place.untilCondition('chain', 'Ready', 'False', 'Stopped');
    expect(ready.message).toContain('desiredState');
  });

  it('says which Secret is missing, and continues when it exists', async () => {
    const place = await inNamespace('lacks');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    const store = { secretRef: { name: 'elsewhere', key: 'mongo' } };
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, store } });
    const stalled = await place.untilCondition('chain', 'Stalled', 'True', 'SecretNotFound');
    expect(stalled.message).toContain('elsewhere');
    expect(conditionOf(await place.index('chain'), 'StoreReady')).toMatchObject({ status: 'False' });
    expect(await place.names(DEPLOYMENT)).toEqual([]);
    await place.apply(SECRET, 'elsewhere', { stringData: { uri: STORE_URI } });
    expect((await place.untilCondition('chain', 'Stalled', 'True', 'KeyNotFound')).message).toContain('mongo');
    await place.apply(SECRET, 'elsewhere', { stringData: { mongo: 'sqlite:./bitql.db' } });
    await place.untilCondition('chain', 'Stalled', 'True', 'NoMongoDB');
    await place.apply(SECRET, 'elsewhere', { stringData: { mongo: STORE_URI } });
    await place.untilCondition('chain', 'Stalled', 'False');
    await until('the Deployments', async () => (await place.names(DEPLOYMENT)).length === 2, PATIENCE);
  });

  it('waits for its node', async () => {
    const place = await inNamespace('nodeless');
    await place.delete(NODE, 'node');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'chain', { spec: SPEC });
    expect((await place.untilCondition('chain', 'Stalled', 'True', 'NodeNotFound')).message).toContain(
      'BitcoinNode node',
    );
    await place.apply(NODE, 'node', { spec: NODE_SPEC });
    await place.untilCondition('chain', 'Stalled', 'False');
    await place.untilCondition('chain', 'NodeReady', 'False');
  });

  it('says that its node has an invalid address', async () => {
    const place = await inNamespace('nowhere');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'chain', { spec: SPEC });
    await place.untilCondition('chain', 'Reconciled', 'True');
    await place.apply(NODE, 'node', {
      spec: { ...NODE_SPEC, external: { ...NODE_SPEC.external, url: 'http://10.0.0.256' } },
    });
    const { message } = await place.untilCondition('chain', 'Stalled', 'True', 'BadAddress');
    expect(message).toBe('BitcoinNode node: http://10.0.0.256 is not a valid address: correct it.');
    await place.apply(NODE, 'node', { spec: NODE_SPEC });
    await place.untilCondition('chain', 'Stalled', 'False');
  });

  it('needs an image', async () => {
    const place = await inNamespace('imageless');
    await using _ = new IndexOperator(operatorConfig, [place.namespace], null);
    await place.apply(INDEX, 'chain', { spec: SPEC });
    await place.untilCondition('chain', 'Stalled', 'True', 'NoImage');
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, image: 'own/bitql:2' } });
    await place.untilCondition('chain', 'Reconciled', 'True');
  });

  it('keeps the images that run under an operator of a newer release, until its spec names one', async () => {
    const place = await inNamespace('upgrades');
    const templates = async () => {
      const deployments = await place.list<V1Deployment>(DEPLOYMENT);
      return deployments.map(({ metadata, spec }) => [metadata!.name, spec!.template]);
    };
    await place.apply(INDEX, 'chain', { spec: SPEC });
    {
      await using _ = new IndexOperator(operatorConfig, [place.namespace]);
      await place.untilCondition('chain', 'Reconciled', 'True');
    }
    const before = await templates();
    expect(before).toHaveLength(2);
    await using _ = new IndexOperator(operatorConfig, [place.namespace], NEWER_IMAGE);
    await place.apply(INDEX, 'later', { spec: SPEC });
    await place.untilCondition('later', 'Reconciled', 'True');
    const gateway = await place.get<V1Deployment>(DEPLOYMENT, 'later-gateway');
    expect(gateway.spec!.template.spec!.containers[0]!.image).toBe(NEWER_IMAGE);
    // A changed number of replicas, which is not part of a template, shows that the operator has reconciled.
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, gateway: { replicas: { min: 3 } } } });
    const scaled = async () => (await place.get<V1Deployment>(DEPLOYMENT, 'chain-gateway')).spec!.replicas === 3;
    await until('it to be at work', scaled, PATIENCE);
    expect((await templates()).filter(([name]) => String(name).startsWith('chain'))).toEqual(before);
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, image: NEWER_IMAGE } });
    const images = async () =>
      (await place.list<V1Deployment>(DEPLOYMENT)).map(({ spec }) => spec!.template.spec!.containers[0]!.image);
    await until('all to be upgraded', async () => (await images()).every((image) => image === NEWER_IMAGE), PATIENCE);
  });

  it('says when a database runs an older patch release than a new one would', async () => {
    const place = await inNamespace('patches');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'given', { spec: SPEC });
    await place.untilCondition('given', 'StorePatched', 'Unknown', 'NotManaged');
    const managed = (more: object) => ({
      spec: { ...SPEC, store: { managed: { members: 1, storage: STORAGE, ...more } } },
    });
    await place.apply(INDEX, 'chain', managed({ image: 'docker.io/library/mongo:8.0.12' }));
    const { message } = await place.untilCondition('chain', 'StorePatched', 'False', 'NewerPatchRelease');
    expect(message).toContain(`${MONGODB_IMAGE} is newer`);
    const told = async () =>
      (await place.list<CoreV1Event>(EVENT)).some(
        ({ reason, type }) => reason === 'NewerPatchRelease' && type === 'Warning',
      );
    await until('an event', told, PATIENCE);
    await place.apply(INDEX, 'chain', managed({ image: MONGODB_IMAGE }));
    await place.untilCondition('chain', 'StorePatched', 'True', 'Newest');
  });

  it('replaces gateways when a file or a password that they read changes', async () => {
    const place = await inNamespace('checksums');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, gateway: { tiersRef: { name: 'limits' } } } });
    expect((await place.untilCondition('chain', 'Stalled', 'True', 'ConfigMapNotFound')).message).toContain('limits');
    await place.apply(CONFIG_MAP, 'limits', { data: { 'tiers.json': '{}' } });
    await until('the Deployments', async () => (await place.names(DEPLOYMENT)).length === 2, PATIENCE);
    const checksum = async (name: string) => {
      const { spec } = await place.get<V1Deployment>(DEPLOYMENT, name);
      return spec!.template.metadata!.annotations![CHECKSUM_ANNOTATION];
    };
    const before = [await checksum('chain-gateway'), await checksum('chain-indexer')] as const;
    await place.apply(CONFIG_MAP, 'limits', { data: { 'tiers.json': '{ }' } });
    await until('other gateways', async () => (await checksum('chain-gateway')) !== before[0], PATIENCE);
    expect(await checksum('chain-indexer')).toBe(before[1]);
    await place.apply(SECRET, 'database', { stringData: { uri: `${STORE_URI}?a=b` } });
    await until('another indexer', async () => (await checksum('chain-indexer')) !== before[1], PATIENCE);
  });

  it('restores its own fields if somebody changes them, and keeps theirs', async () => {
    const place = await inNamespace('edits');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'chain', { spec: SPEC });
    await place.untilCondition('chain', 'Reconciled', 'True');
    await place.patch(DEPLOYMENT, 'chain-indexer', { metadata: { labels: { team: 'chain' } } });
    await place.patch(DEPLOYMENT, 'chain-indexer', { spec: { replicas: 5 } });
    const indexer = () => place.get<V1Deployment>(DEPLOYMENT, 'chain-indexer');
    await until('it to be put back', async () => (await indexer()).spec!.replicas === 1, PATIENCE);
    expect((await indexer()).metadata!.labels).toMatchObject({ team: 'chain' });
    await place.delete(SERVICE, 'chain');
    await until('the Service to be back', async () => (await place.names(SERVICE)).includes('chain'), PATIENCE);
    // Secrets are not watched: they are read again after a while.
    const username = async () => (await place.get<V1Secret>(SECRET, 'node-rpc')).data!.username;
    const before = await username();
    await place.patch(SECRET, 'node-rpc', { stringData: { username: 'mallory' } });
    await until('the Secret to be put back', async () => (await username()) === before, PATIENCE);
    await place.delete(SECRET, 'chain-checksum');
    await until('it to be back', async () => (await place.names(SECRET)).includes('chain-checksum'), PATIENCE);
  });

  it('takes over no object that is not its own', async () => {
    const place = await inNamespace('taken');
    await place.apply(SERVICE, 'chain', {
      spec: { ports: [{ port: 80, protocol: 'TCP' }], selector: { app: 'other' } },
    });
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'chain', { spec: SPEC });
    expect((await place.untilCondition('chain', 'Stalled', 'True', 'Refused')).message).toContain('Service chain');
    const service = await place.get<V1Service>(SERVICE, 'chain');
    expect(service.spec!.selector).toEqual({ app: 'other' });
    await place.delete(SERVICE, 'chain');
    await place.untilCondition('chain', 'Stalled', 'False');
  });

  it('leaves behind only the volumes of a database that are to stay, and their password', async () => {
    const place = await inNamespace('deletes');
    await using _ = new IndexOperator(operatorConfig, [place.namespace]);
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, store: { managed: { members: 1, storage: STORAGE } } } });
    await place.untilCondition('chain', 'Reconciled', 'True');
    const password = async () => (await place.get<V1Secret>(SECRET, 'chain-mongodb')).data!.password;
    const before = await password();
    await place.delete(INDEX, 'chain');
    const kinds = [DEPLOYMENT, STATEFUL_SET, SERVICE, NETWORK_POLICY, CONFIG_MAP, POD];
    const left = async () => (await Promise.all(kinds.map((kind) => place.names(kind)))).flat();
    // The API server creates this in each namespace.
    const isGone = async () => (await left()).every((name) => name === 'kube-root-ca.crt');
    await until('all to be gone', isGone, PATIENCE);
    expect(await password()).toBe(before);
    await place.apply(INDEX, 'chain', { spec: { ...SPEC, store: { managed: { members: 1, storage: STORAGE } } } });
    await place.untilCondition('chain', 'Reconciled', 'True');
    expect(await password()).toBe(before);
    const set = await place.get<V1StatefulSet>(STATEFUL_SET, 'chain-mongodb');
    expect(set.spec!.template.spec!.containers[0]!.command).toEqual(['mongod']);
  });
});
