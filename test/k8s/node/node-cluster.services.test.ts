import type {
  V1NetworkPolicy,
  V1PersistentVolumeClaim,
  V1Secret,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node';
import { beforeAll, expect, it, vi } from 'vitest';
import { until } from '../../../dev/until.ts';
import type { ApiObject } from '../../../k8s/operator/runtime/resource.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { Kubectl } from '../support/kubectl.ts';
import { NodeStage, type StageKind } from './support/node-stage.ts';
import type { WrittenNode } from './support/some-node.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

type Child<T> = T & ApiObject;

/** The API server of the tests does not know ReadWriteOncePod. */
const SMALL: WrittenNode = { network: 'Regtest', storage: { size: '1Gi', accessMode: 'ReadWriteOnce' } };
const CONFIG = 'bitql.dev/config';

describeWith('kubernetes', 'kubectl')('a node in the cluster', ({ kubectlTools }) => {
  let api: KubernetesApi;
  let kubectl: Kubectl;

  beforeAll(async () => {
    api = await sharedKubernetes();
    kubectl = new Kubectl(kubectlTools, api.kubeconfigPath);
  });

  const open = (namespace: string) => NodeStage.open(kubectl, api, `cluster-${namespace}`);

  /** The child, once it is as expected; null for none. */
  function untilChild<T>(stage: NodeStage, kind: StageKind, name: string, isMet: (child: Child<T>) => unknown) {
    const check = async () => {
      const child = await stage.get<Child<T>>(kind, name);
      return child !== null && isMet(child) ? child : null;
    };
    return until(`${kind} ${name}`, check, { intervalMs: 100 });
  }

  const untilGone = (stage: NodeStage, kind: StageKind, name: string) =>
    until(`${kind} ${name} to go`, async () => (await stage.get(kind, name)) === null, {
      intervalMs: 100,
    });

  const checksum = ({ spec }: V1StatefulSet) => spec!.template.metadata!.annotations![CONFIG];

  it('consists of its objects, and says which kinds the cluster does not serve', async () => {
    await using stage = await open('makes');
    await stage.applyNode('main', SMALL);
    const missing = await stage.untilCondition('main', 'AllKindsServed', 'False', 'NotServed');
    expect(missing.message).toContain('PodDisruptionBudget of policy/v1');
    await stage.untilCondition('main', 'Reconciled', 'True');
    await stage.untilCondition('main', 'Available', 'False', 'PodNotReady');
    await stage.untilCondition('main', 'Reconciling', 'True');
    await stage.untilCondition('main', 'RPCReachable', 'False', 'HostNotFound');
    await stage.untilToldOf('main', ['Warning NotServed']);
    const secret = await untilChild<V1Secret>(stage, 'secret', 'main-rpc', () => true);
    expect(Object.keys(secret.data!).sort()).toEqual([
      'host',
      'password',
      'port',
      'provider',
      'salt',
      'type',
      'uri',
      'username',
    ]);
    for (const [kind, name] of [
      ['service', 'main-node'],
      ['networkpolicy', 'main-node'],
      ['pod', 'main-node-0'],
    ] as const) {
      await untilChild(stage, kind, name, () => true);
    }
  });

  it('changes with its spec: objects that are no longer wanted go, and nothing else is touched', async () => {
    await using stage = await open('changes');
    await stage.applyNode('main', SMALL);
    const before = await untilChild<V1StatefulSet>(stage, 'statefulset', 'main-node', () => true);
    const password = (await untilChild<V1Secret>(stage, 'secret', 'main-rpc', () => true)).data!.password;
    await stage.applyNode('main', {
      ...SMALL,
      extraConfig: [{ name: 'fallbackfee', value: '0.0001' }],
      resources: { limits: { memory: '2Gi' } },
      p2p: { exposure: 'ClusterIP' },
      networkPolicy: 'Unmanaged',
    });
    const after = await untilChild<V1StatefulSet>(
      stage,
      'statefulset',
      'main-node',
      (set) => checksum(set) !== checksum(before),
    );
    expect(after.spec!.template.spec!.containers[0]!.resources!.limits).toEqual({ memory: '2Gi' });
    await untilChild<V1Service>(stage, 'service', 'main-node-p2p', ({ spec }) => spec!.ports![0]!.port === 18444);
    await untilGone(stage, 'networkpolicy', 'main-node');
    expect((await stage.get<Child<V1Secret>>('secret', 'main-rpc'))!.data!.password).toBe(password);
    await stage.applyNode('main', { ...SMALL, desiredState: 'Stopped' });
    await untilChild<V1StatefulSet>(stage, 'statefulset', 'main-node', ({ spec }) => spec!.replicas === 0);
    await untilGone(stage, 'service', 'main-node-p2p');
    await stage.untilCondition('main', 'Ready', 'False', 'Stopped');
    expect(await stage.get('persistentvolumeclaim', 'data-main-node-0')).not.toBeNull();
  });

  it('restores fields and objects that somebody changes or deletes, and keeps additions', async () => {
    await using stage = await open('mends');
    await stage.applyNode('main', SMALL);
    await untilChild(stage, 'networkpolicy', 'main-node', () => true);
    const patch = async (kind: string, name: string, change: object) =>
      kubectl.call('patch', kind, name, '-n', stage.namespace, '--type=merge', '-p', JSON.stringify(change));
    await patch('service', 'main-node', {
      metadata: { labels: { team: 'chain', 'app.kubernetes.io/part-of': 'else' } },
      spec: { publishNotReadyAddresses: false },
    });
    const service = await untilChild<V1Service>(
      stage,
      'service',
      'main-node',
      ({ spec }) => spec!.publishNotReadyAddresses,
    );
    expect(service.metadata.labels).toMatchObject({ team: 'chain', 'app.kubernetes.io/part-of': 'bitql' });
    await kubectl.call('delete', 'networkpolicy', 'main-node', '-n', stage.namespace);
    await untilChild<V1NetworkPolicy>(stage, 'networkpolicy', 'main-node', ({ spec }) => spec!.ingress!.length === 2);
    await patch('statefulset', 'main-node', { spec: { replicas: 3 } });
    await untilChild<V1StatefulSet>(stage, 'statefulset', 'main-node', ({ spec }) => spec!.replicas === 1);
  });

  it('is left unchanged by another operator that starts, also by one with a newer bitcoind', async () => {
    await using stage = await open('restarts');
    await stage.applyNode('main', SMALL);
    await stage.untilCondition('main', 'RPCReachable', 'False');
    const names = ['statefulset/main-node', 'service/main-node', 'secret/main-rpc', 'secret/main-node-config'];
    const versions = () =>
      Promise.all(
        names.map(async (name) => {
          const { metadata } = await kubectl.get<Child<V1StatefulSet>>(name, '-n', stage.namespace);
          return [name, metadata.generation ?? metadata.resourceVersion];
        }),
      );
    const before = await versions();
    await stage.restartOperator({ BitcoinCore: 'bitcoin/bitcoin:31.0' });
    // A change shows that the new operator has reconciled.
    await stage.applyNode('main', { ...SMALL, sync: { lagTolerance: 3 } });
    await stage.untilStatus('main', 'to be seen', ({ observedGeneration }) => observedGeneration === 2);
    expect(await versions()).toEqual(before);
  });

  it('requests a larger volume if the storage class can give one', async () => {
    await using stage = await open('grows');
    await stage.apply(
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'grows' },
        provisioner: 'kubernetes.io/no-provisioner',
        allowVolumeExpansion: true,
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'grows' },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'grows',
          hostPath: { path: '/tmp/none' },
        },
      },
    );
    const storage = { ...SMALL.storage, storageClassName: 'grows' };
    await stage.applyNode('main', { ...SMALL, storage });
    const claim = 'data-main-node-0';
    await untilChild<V1PersistentVolumeClaim>(
      stage,
      'persistentvolumeclaim',
      claim,
      ({ status }) => status?.phase === 'Bound',
    );
    await stage.applyNode('main', { ...SMALL, storage: { ...storage, size: '2Gi' } });
    const wanted = ({ spec }: V1PersistentVolumeClaim) => spec!.resources!.requests!.storage === '2Gi';
    await untilChild<V1PersistentVolumeClaim>(stage, 'persistentvolumeclaim', claim, wanted);
    await stage.untilCondition('main', 'Reconciled', 'True');
    await stage.untilStatus('main', 'to say the capacity that there is', ({ storage }) => storage?.capacity === '1Gi');
    const [template] = (await stage.get<Child<V1StatefulSet>>('statefulset', 'main-node'))!.spec!.volumeClaimTemplates!;
    expect(template!.spec!.resources!.requests).toEqual({ storage: '1Gi' });
  });

  it('requests a larger volume even if somebody else made the claim, without our labels', async () => {
    await using stage = await open('restored');
    const [name, storageClassName] = ['data-main-node-0', 'restored'];
    const ofVolume = { accessModes: ['ReadWriteOnce'], storageClassName };
    const provisioner = 'kubernetes.io/no-provisioner';
    await stage.apply(
      ...[
        { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner, allowVolumeExpansion: true },
        {
          ...{ apiVersion: 'v1', kind: 'PersistentVolume' },
          spec: { ...ofVolume, capacity: { storage: '1Gi' }, hostPath: { path: '/tmp/none' } },
        },
      ].map((object) => ({ ...object, metadata: { name: storageClassName } })),
      {
        ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name } },
        spec: { ...ofVolume, resources: { requests: { storage: '1Gi' } } },
      },
    );
    type Claim = V1PersistentVolumeClaim;
    await untilChild<Claim>(stage, 'persistentvolumeclaim', name, ({ status }) => status?.phase === 'Bound');
    await stage.applyNode('main', { ...SMALL, storage: { ...SMALL.storage, size: '2Gi' } });
    const isLarger = ({ spec }: Claim) => spec!.resources!.requests!.storage === '2Gi';
    await untilChild<Claim>(stage, 'persistentvolumeclaim', name, isLarger);
    await stage.untilStatus('main', 'to tell the capacity', ({ storage }) => storage?.capacity === '1Gi');
  });

  it('reports what the cluster refuses', async () => {
    await using stage = await open('refuses');
    // The API server of the tests is too old for the retention policy of volumes.
    await stage.applyNode('main', { ...SMALL, storage: { ...SMALL.storage, retention: 'Delete' } });
    const { message } = await stage.untilCondition('main', 'Stalled', 'True', 'Refused');
    expect(message).toContain('persistentVolumeClaimRetentionPolicy');
    await stage.untilCondition('main', 'Ready', 'False', 'Refused');
    await stage.applyNode('main', SMALL);
    await stage.untilCondition('main', 'Reconciled', 'True');
  });

  it('takes over no object that was made for something else', async () => {
    await using stage = await open('names');
    await stage.applyLogin('main-rpc', 'mine', 'my own');
    await stage.applyNode('main', SMALL);
    const { message } = await stage.untilCondition('main', 'Stalled', 'True', 'NameTaken');
    expect(message).toContain('Secret main-rpc that was not created for this node');
    const kept = await stage.get<Child<V1Secret>>('secret', 'main-rpc');
    expect(Object.keys(kept!.data!)).toEqual(['password', 'username']);
    await kubectl.call('delete', 'secret', 'main-rpc', '-n', stage.namespace);
    await stage.untilCondition('main', 'Reconciled', 'True');
  });

  it('leaves behind only its volume', async () => {
    await using stage = await open('ends');
    await stage.applyNode('main', { ...SMALL, p2p: { exposure: 'ClusterIP' } });
    await untilChild(stage, 'persistentvolumeclaim', 'data-main-node-0', () => true);
    await kubectl.call('delete', 'btc', 'main', '-n', stage.namespace);
    const kinds = 'statefulset,service,networkpolicy,secret,pod';
    const rest = () =>
      kubectl.call('get', kinds, '-n', stage.namespace, '-l', 'app.kubernetes.io/instance=main', '-o', 'name');
    // There is no kubelet to end the Pod.
    const isGone = async () =>
      (await rest()).split('\n').filter((line) => line !== '' && !line.startsWith('pod/')).length === 0;
    await until('all to go', isGone, { intervalMs: 200 });
    expect(await stage.get('persistentvolumeclaim', 'data-main-node-0')).not.toBeNull();
  });
});
