import { pino } from 'pino';
import { beforeAll, expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { ApiCluster } from '../../../k8s/operator/runtime/api-cluster.ts';
import { ApiConnection } from '../../../k8s/operator/runtime/api-connection.ts';
import type { Cluster } from '../../../k8s/operator/runtime/cluster.ts';
import { Discovery } from '../../../k8s/operator/runtime/discovery.ts';
import { ApiEventRecorder } from '../../../k8s/operator/runtime/event-recorder.ts';
import {
  CONFIG_MAP,
  EVENT,
  HORIZONTAL_POD_AUTOSCALER,
  SERVICE,
  SERVICE_MONITOR,
  STATEFUL_SET,
} from '../../../k8s/operator/runtime/kinds.ts';
import { loadKubeConfig } from '../../../k8s/operator/runtime/kube-config.ts';
import { NO_OPERATOR_OBSERVER } from '../../../k8s/operator/runtime/observer.ts';
import type { ApiObject } from '../../../k8s/operator/runtime/resource.ts';
import { tenureUntil } from '../../../k8s/operator/runtime/tenure.ts';
import { BitqlError } from '../../../src/errors.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { ApiProxy } from './support/api-proxy.ts';
import { makeNamespace, makeWidget, request, WIDGET, type Widget } from './support/widget.ts';

interface ConfigMap extends ApiObject {
  readonly data?: Readonly<Record<string, string>>;
}

const NAMESPACE = 'cluster';

const configMap = (name: string, data: ConfigMap['data'] = {}): ConfigMap => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data },
});

describeWith('kubernetes')('a cluster', () => {
  let api: KubernetesApi;
  let cluster: Cluster;
  const stop = new AbortController();

  function connect(kubeconfig: string, deadlineMs = 5_000): Cluster {
    const connection = new ApiConnection(loadKubeConfig(kubeconfig, {}), NO_OPERATOR_OBSERVER, deadlineMs);
    const { signal } = stop;
    return new ApiCluster({ connection, discovery: new Discovery(connection), tenure: tenureUntil(signal), signal });
  }

  beforeAll(async () => {
    api = await sharedKubernetes();
    await makeNamespace(api, NAMESPACE);
    cluster = connect(api.kubeconfigPath);
  });

  it('has the same result however often an object is applied', async () => {
    const first = await cluster.apply(configMap('applied', { a: '1', b: '2' }));
    const second = await cluster.apply(configMap('applied', { a: '1', b: '2' }));
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(second.metadata).not.toHaveProperty('managedFields');
    // A field that is left out disappears; fields of others stay unless we write them.
    await request(api, 'PATCH', '/api/v1/namespaces/cluster/configmaps/applied', {
      data: { theirs: 'x', a: 'theirs' },
    });
    expect((await cluster.apply(configMap('applied', { a: '1' }))).data).toEqual({ a: '1', theirs: 'x' });
    expect((await cluster.get<ConfigMap>(CONFIG_MAP, NAMESPACE, 'applied'))?.data).toEqual({ a: '1', theirs: 'x' });
  });

  it('keeps spec and status apart', async () => {
    const widget = await makeWidget(api, NAMESPACE, 'one', { text: 'x' });
    // Only the status is sent: the spec stays as it is by now.
    await request(api, 'PATCH', '/apis/test.bitql.dev/v1/namespaces/cluster/widgets/one', { spec: { text: 'new' } });
    const after = await cluster.applyStatus<Widget>({ ...widget, status: { text: 'shown' } });
    expect(after).toMatchObject({ spec: { text: 'new' }, status: { text: 'shown' } });
    expect(after.metadata.generation).toBe(2);
    const impostor = { ...widget, metadata: { ...widget.metadata, uid: crypto.randomUUID() }, status: { text: 'y' } };
    await expect(cluster.applyStatus(impostor)).rejects.toMatchObject({ code: 'CLUSTER_CONFLICT' });
  });

  it('creates an object once, and deletes it once', async () => {
    expect(await cluster.create(configMap('made'))).toBe('created');
    expect(await cluster.create(configMap('made', { other: 'x' }))).toBe('exists');
    const { metadata } = (await cluster.get(CONFIG_MAP, NAMESPACE, 'made'))!;
    const wrong = cluster.delete(CONFIG_MAP, NAMESPACE, 'made', { uid: crypto.randomUUID() });
    await expect(wrong).rejects.toMatchObject({ code: 'CLUSTER_CONFLICT' });
    await request(api, 'PATCH', '/api/v1/namespaces/cluster/configmaps/made', { data: { a: 'b' } });
    const late = cluster.delete(CONFIG_MAP, NAMESPACE, 'made', { resourceVersion: metadata.resourceVersion! });
    await expect(late).rejects.toMatchObject({ code: 'CLUSTER_CONFLICT' });
    await cluster.delete(CONFIG_MAP, NAMESPACE, 'made', { uid: metadata.uid!, propagation: 'Foreground' });
    await cluster.delete(CONFIG_MAP, NAMESPACE, 'made');
    expect(await cluster.get(CONFIG_MAP, NAMESPACE, 'made')).toBeNull();
  });

  it('acts with the rights of a service account if it is given one', async () => {
    await makeNamespace(api, 'tenant');
    const object = { ...configMap('theirs'), metadata: { name: 'theirs', namespace: 'tenant' } };
    await expect(cluster.create(object, { as: 'default' })).rejects.toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      message: expect.stringContaining('system:serviceaccount:tenant:default'),
    });
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/tenant';
    await request(api, 'POST', `${rbac}/rolebindings`, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'edit' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'tenant' }],
    });
    // It takes the API server a moment to notice a role.
    await until('the role', () => cluster.create(object, { as: 'default' }).catch(() => false));
    await cluster.delete(CONFIG_MAP, 'tenant', 'theirs', { as: 'default' });
    expect(await cluster.get(CONFIG_MAP, 'tenant', 'theirs')).toBeNull();
  });

  it('is patched by merging or by operations, and notices another writer', async () => {
    const { metadata } = await cluster.apply(configMap('patched', { a: '1' }));
    const { resourceVersion } = metadata;
    const merge = { metadata: { finalizers: ['test.bitql.dev/held'], resourceVersion } };
    await cluster.patch(CONFIG_MAP, NAMESPACE, 'patched', merge);
    await expect(cluster.patch(CONFIG_MAP, NAMESPACE, 'patched', merge)).rejects.toMatchObject({
      code: 'CLUSTER_CONFLICT',
    });
    const remove = [
      { op: 'test', path: '/metadata/finalizers/0', value: 'test.bitql.dev/held' },
      { op: 'remove', path: '/metadata/finalizers/0' },
    ] as const;
    const after = await cluster.patch(CONFIG_MAP, NAMESPACE, 'patched', remove);
    expect(after.metadata.finalizers ?? []).toEqual([]);
  });

  it('lists by namespace and labels, with the kind of each object', async () => {
    await makeNamespace(api, 'listed');
    for (const name of ['a', 'b']) {
      const metadata = { name, namespace: 'listed', labels: { name } };
      await cluster.create({ ...configMap(name), metadata });
    }
    const names = async (options: object) =>
      (await cluster.list(CONFIG_MAP, options)).map(({ metadata }) => metadata.name);
    expect(await names({ namespace: 'listed', labelSelector: 'name' })).toEqual(['a', 'b']);
    expect(await names({ labelSelector: 'name=b' })).toEqual(['b']);
    const [found] = await cluster.list(CONFIG_MAP, { namespace: 'listed', labelSelector: 'name=a' });
    expect(found).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  it('says which kinds it serves', async () => {
    expect(await cluster.serves(STATEFUL_SET)).toBe(true);
    expect(await cluster.serves(SERVICE)).toBe(true);
    expect(await cluster.serves(WIDGET)).toBe(true);
    expect(await cluster.serves(SERVICE_MONITOR)).toBe(false);
    expect(await cluster.serves(HORIZONTAL_POD_AUTOSCALER)).toBe(false);
    const metadata = { name: 'x', namespace: NAMESPACE };
    const unserved = cluster.apply({ apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata });
    await expect(unserved).rejects.toMatchObject({ code: 'CLUSTER_REFUSED' });
  });

  it('says what is wrong, and whether a retry helps', async () => {
    const bad = cluster.create(configMap('No_Name'));
    await expect(bad).rejects.toMatchObject({ code: 'CLUSTER_REFUSED', retryable: false });
    await using proxy = await ApiProxy.start(api);
    const through = connect(proxy.kubeconfig, 500);
    const ask = () => through.get(CONFIG_MAP, NAMESPACE, 'applied');
    proxy.answer = () => ({ status: 503, headers: { 'retry-after': '7' }, body: '<html>later</html>' });
    await expect(ask()).rejects.toMatchObject({ code: 'CLUSTER_UNAVAILABLE', retryable: true, retryAfterMs: 7_000 });
    proxy.answer = () => ({ status: 401, body: '{"message":"Unauthorized"}' });
    await expect(ask()).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
    proxy.answer = () => null;
    proxy.isSilent = true;
    await expect(ask()).rejects.toMatchObject({
      code: 'CLUSTER_UNAVAILABLE',
      message: expect.stringContaining('no answer within 0.5 s'),
    });
    await proxy.goAway();
    await expect(ask()).rejects.toMatchObject({
      code: 'CLUSTER_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('makes few connections for many calls', async () => {
    await using proxy = await ApiProxy.start(api);
    const through = connect(proxy.kubeconfig);
    for (let n = 0; n < 20; n++) await through.get(CONFIG_MAP, NAMESPACE, 'applied');
    expect(proxy.connections).toBeLessThanOrEqual(2);
  });

  it('receives events once each, counted, and not too many', async () => {
    const widget = await makeWidget(api, NAMESPACE, 'eventful', { text: 'x' });
    const source = { component: 'bitql-operator', instance: 'test' };
    const recorder = new ApiEventRecorder(cluster, source, pino({ level: 'silent' }));
    interface Event extends ApiObject {
      readonly message: string;
      readonly count: number;
    }
    const events = async () => {
      await recorder.flushed();
      const all = await cluster.list<Event>(EVENT, { namespace: NAMESPACE });
      return all.filter(({ metadata }) => metadata.name.startsWith('eventful.'));
    };
    for (let n = 0; n < 100; n++) recorder.record(widget, 'Warning', 'TipStale', 'The tip is old.');
    expect((await events()).map(({ count }) => count)).toEqual([100]);
    // Also after a restart of the operator.
    const next = new ApiEventRecorder(cluster, source, pino({ level: 'silent' }));
    next.record(widget, 'Warning', 'TipStale', 'The tip is old.');
    await next.flushed();
    expect((await events()).map(({ count }) => count)).toEqual([101]);
    for (let n = 0; n < 100; n++) recorder.record(widget, 'Warning', 'Odd', `It is ${n}.`);
    const odd = (await events()).filter(({ message }) => /It is/.test(message));
    expect(odd).toHaveLength(11);
    expect(odd.find(({ message }) => message.startsWith('(combined'))).toMatchObject({
      message: '(combined from similar events) It is 99.',
      count: 90,
    });
    // While it is not known, nobody is kept from working.
    recorder.record({ ...widget, metadata: { ...widget.metadata, namespace: 'nowhere' } }, 'Normal', 'Lost', 'x');
    await recorder.flushed();
  });

  it('is not written to any more once the tenure is over', async () => {
    stop.abort(new BitqlError('LEASE_LOST', 'It is over.'));
    for (const write of [
      cluster.apply(configMap('late')),
      cluster.create(configMap('late')),
      cluster.delete(CONFIG_MAP, NAMESPACE, 'applied'),
      cluster.patch(CONFIG_MAP, NAMESPACE, 'applied', { data: { a: 'late' } }),
    ]) {
      await expect(write).rejects.toMatchObject({ code: 'LEASE_LOST' });
    }
    expect((await api.request('GET', '/api/v1/namespaces/cluster/configmaps/late')).status).toBe(404);
  });
});
