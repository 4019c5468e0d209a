import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { V1Deployment, V1Job, V1Pod, V1PodSpec, V1StatefulSet } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { until as untilSoon } from '../../../../dev/until.ts';
import { run } from '../../../cli/support.ts';
import { type KubernetesServer, startKubernetes } from '../../../services/kubernetes.ts';
import { describeWith } from '../../../services/suite.ts';
import { Kubectl } from '../kubectl.ts';
import { CHECKOUT_INSIDE } from './image.ts';
import { type Kubelet, startKubelet } from './kubelet.ts';

/** A Pod takes seconds to start on a busy machine. */
const PATIENCE = { intervalMs: 100 };
const TEST_MS = 240_000;

vi.setConfig({ testTimeout: TEST_MS });

function until<T>(what: string, condition: () => T | Promise<T>) {
  return untilSoon(what, condition, PATIENCE);
}

const metadata = (name: string) => ({ name, namespace: 'default', labels: { app: name } });

/** A Pod that meets restricted pod security. */
const restricted = (spec: Partial<V1PodSpec>): Partial<V1PodSpec> => ({
  securityContext: { runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001, fsGroup: 10_001 },
  ...spec,
  containers: spec.containers!.map((container) => ({
    image: 'example',
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ...container,
  })),
});

function job(name: string, spec: Partial<V1PodSpec>): object {
  const template = { metadata: { labels: { app: name } }, spec: { restartPolicy: 'Never', ...restricted(spec) } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: metadata(name), spec: { backoffLimit: 0, template } };
}

const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(name),
  spec: { selector: { app: name }, ...spec },
});

/** Answers with the name of its Pod; it is ready while /ready/yes exists. */
const WEB = `
const { existsSync } = require('node:fs');
require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/ready' && !existsSync('/ready/yes') ? 503 : 200;
  response.end(process.env.POD);
}).listen(8080);
process.on('SIGTERM', () => process.exit());`;

describeWith(
  'kubernetes',
  'kubectl',
  'container',
  'bitcoind',
)('the kubelet', (services) => {
  let api: KubernetesServer;
  let kubelet: Kubelet;
  let kubectl: Kubectl;

  beforeAll(async () => {
    api = await startKubernetes(services.kubernetesAssets);
    kubelet = await startKubelet({ api, namespaces: ['default'], bitcoind: services.bitcoind });
    kubectl = new Kubectl(services.kubectlTools, api.kubeconfigPath);
  });

  afterAll(async () => {
    await kubelet?.close();
    await api?.close();
  });

  /** Uses the API: starting kubectl again and again takes long. */
  async function get<T>(path: string): Promise<T> {
    return JSON.parse((await api.request('GET', path)).body) as T;
  }
  const podsOf = async (app: string) => {
    return (await get<{ items: V1Pod[] }>(`/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`)).items;
  };

  const namesOf = async (app: string) => (await podsOf(app)).map(({ metadata }) => metadata!.name!);

  /** Through the proxy. */
  function asked(url: string): Promise<{ status: number; text: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const asking = request(kubelet.proxyUrl, { path: url, agent: false }, async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      resolve({ status: response.statusCode!, text });
    });
    asking.on('error', reject).end();
    return promise;
  }

  async function outputOf(name: string, spec: Partial<V1PodSpec>): Promise<string> {
    await kubectl.apply([job(name, spec)]);
    const pod = await until(`the Job ${name}`, async () => {
      const { status } = await get<V1Job>(`/apis/batch/v1/namespaces/default/jobs/${name}`);
      if (status?.failed) throw new Error(`it failed: ${JSON.stringify((await podsOf(name))[0]!.status)}`);
      return status?.succeeded === 1 && (await podsOf(name))[0];
    });
    return kubelet.log(`default/${pod.metadata!.name}`, spec.containers![0]!.name);
  }

  it('runs a container with its rights, files and variables', async () => {
    await kubectl.apply([
      { apiVersion: 'v1', kind: 'Secret', metadata: metadata('credentials'), stringData: { password: 'secret' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('settings'), data: { 'a.conf': 'a=1', b: 'two' } },
    ]);
    const script = [
      'id -u; id -g; hostname',
      'touch /usr/local/bin/x /x 2>&1 | grep -c "Read-only"',
      'echo written > /scratch/file && cat /scratch/file',
      'cat /etc/settings/own.conf /etc/password; stat -c %a:%g /etc/password',
      'echo $PASSWORD $NODE_NAME $URL $0',
    ].join('\n');
    const output = await outputOf('container', {
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'settings', configMap: { name: 'settings', items: [{ key: 'a.conf', path: 'own.conf' }] } },
        { name: 'credentials', secret: { secretName: 'credentials', defaultMode: 0o400 } },
      ],
      containers: [
        {
          name: 'main',
          command: ['sh', '-c', script],
          args: ['$(B)-$$(B)-$(UNKNOWN)'],
          env: [
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'credentials', key: 'password' } } },
            { name: 'B', valueFrom: { configMapKeyRef: { name: 'settings', key: 'b' } } },
            { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
            { name: 'URL', value: 'http://$(B):$(PASSWORD)' },
          ],
          volumeMounts: [
            { name: 'scratch', mountPath: '/scratch' },
            { name: 'settings', mountPath: '/etc/settings' },
            { name: 'credentials', mountPath: '/etc/password', subPath: 'password' },
          ],
        },
      ],
    });
    expect(output.trim().split('\n')).toEqual([
      ...['10001', '10001', expect.stringMatching(/^container-/), '2', 'written'],
      ...['a=1secret440:10001', 'secret container http://two:secret two-$(B)-$(UNKNOWN)'],
    ]);
  });

  it('runs init containers first, and all containers of a Pod in one network', async () => {
    const shared = [{ name: 'shared', mountPath: '/shared' }];
    const output = await outputOf('several', {
      volumes: [{ name: 'shared', emptyDir: {} }],
      initContainers: ['one', 'two'].map((name) => ({
        name,
        image: 'example',
        command: ['sh', '-c', `echo ${name} >> /shared/order`],
        volumeMounts: shared,
      })),
      containers: [
        {
          name: 'asks',
          command: [
            'node',
            '-e',
            'ask(); function ask() { fetch("http://127.0.0.1:80").then(r => r.text()).then(console.log, () => setTimeout(ask, 100)) }',
          ],
        },
        {
          name: 'answers',
          command: [
            'node',
            '-e',
            'require("http").createServer((q, r) => r.end(require("fs").readFileSync("/shared/order"), () => process.exit())).listen(80)',
          ],
          volumeMounts: shared,
          securityContext: {},
        },
      ],
      securityContext: {},
    });
    expect(output.trim()).toBe('one\ntwo');
  });

  it("runs the programs of this project's image and of bitcoind's", async () => {
    const name = 'main';
    const volumes = [{ name: 'tmp', emptyDir: {} }];
    const volumeMounts = [{ name: 'tmp', mountPath: '/tmp' }];
    expect(
      await outputOf('bitql', { containers: [{ name, image: 'registry/bitql:1.2', args: ['--version'] }] }),
    ).toMatch(/^\d+\.\d+/);
    const bitcoind = { name, image: 'bitcoin/bitcoin:30', args: ['-version', '-datadir=/tmp'], volumeMounts };
    expect(await outputOf('bitcoind', { volumes, containers: [bitcoind] })).toMatch(/Bitcoin .*version/);
  });

  it('reports how a Pod failed, and that one cannot start', async () => {
    const containers = [{ name: 'main', command: ['sh', '-c', 'echo no luck; exit 3'] }];
    const root = { securityContext: { runAsNonRoot: true }, containers: [{ name: 'main', command: ['true'] }] };
    const missing = [{ name: 'main', command: ['true'], envFrom: [{ secretRef: { name: 'missing' } }] }];
    await kubectl.apply([job('fails', { containers }), job('root', root), job('lacks', { containers: missing })]);
    await kubectl.call('wait', '--for=condition=Failed', 'job/fails');
    const [failed] = await podsOf('fails');
    expect(failed!.status).toMatchObject({ phase: 'Failed' });
    expect(failed!.status!.containerStatuses![0]!.state!.terminated).toMatchObject({ exitCode: 3, message: 'no luck' });
    const statusOf = async (app: string) => (await podsOf(app))[0]?.status;
    await until('a refusal', async () => JSON.stringify(await statusOf('root')).includes('has runAsNonRoot'));
    await until('a Secret to be missed', async () =>
      (await statusOf('lacks'))?.message?.includes('"missing" not found'),
    );
    expect(await statusOf('lacks')).toMatchObject({ phase: 'Pending' });
  });

  it('makes a Deployment ready, reachable by its Service, and scalable', async () => {
    const container = {
      name: 'web',
      command: ['node', '-e', WEB],
      env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, failureThreshold: 1 },
      volumeMounts: [{ name: 'ready', mountPath: '/ready' }],
    };
    const spec = restricted({
      volumes: [{ name: 'ready', emptyDir: {} }],
      containers: [container],
    } as Partial<V1PodSpec>);
    const template = { metadata: { labels: { app: 'web' } }, spec };
    const selector = { matchLabels: { app: 'web' } };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('web'),
      spec: { replicas: 2, selector, template },
    };
    await kubectl.apply([deployment, service('web', { ports: [{ name: 'http', port: 80, targetPort: 'http' }] })]);
    await until('two Pods to run', async () => {
      return (await podsOf('web')).filter(({ status }) => status?.phase === 'Running').length === 2;
    });
    expect((await asked('http://web.default.svc/')).status).toBe(502); // nobody is ready

    for (const name of await namesOf('web')) await kubelet.exec(`default/${name}`, 'web', ['touch', '/ready/yes']);
    await kubectl.call('rollout', 'status', 'deployment/web', '--timeout=120s');
    const answers = new Set<string>();
    await until('an answer by each', async () => {
      const { status, text } = await asked('http://web.default.svc.cluster.local/path');
      if (status === 200) answers.add(text); // a moment passes until endpoints are known everywhere
      return answers.size === 2;
    });
    expect([...answers].sort()).toEqual((await namesOf('web')).sort());
    const program = 'fetch("http://web.default.svc/").then(r => console.log(r.status))';
    expect(await run(process.execPath, ['-e', program], { env: kubelet.environment })).toMatchObject({
      stdout: '200\n',
    });
    const inside = await outputOf('asks', {
      containers: [
        {
          name: 'main',
          command: [
            'node',
            '-e',
            'fetch("http://web").then(r => console.log(r.status, process.env.WEB_PORT_80_TCP_PORT))',
          ],
        },
      ],
    });
    expect(inside.trim()).toBe('200 80');

    await kubectl.call('scale', 'deployment/web', '--replicas=0');
    await until('no Pod to be left', async () => (await podsOf('web')).length === 0);
    expect(
      (await get<V1Deployment>('/apis/apps/v1/namespaces/default/deployments/web')).status!.readyReplicas,
    ).toBeUndefined();
  });

  it('keeps the name and the data of a Pod of a StatefulSet, and waits for its grace period', async () => {
    const script =
      'trap "sleep 1; echo ended >> /data/log; exit" TERM; echo begun >> /data/log; cat /data/log; sleep infinity & wait';
    const container = {
      name: 'main',
      command: ['sh', '-c', script],
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    };
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: metadata('keeper'),
      spec: {
        serviceName: 'keeper',
        selector: { matchLabels: { app: 'keeper' } },
        template: {
          metadata: { labels: { app: 'keeper' } },
          spec: restricted({ containers: [container] } as Partial<V1PodSpec>),
        },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
      },
    };
    await kubectl.apply([service('keeper', { clusterIP: 'None', ports: [{ port: 80 }] }), set]);
    const log = () => kubelet.log('default/keeper-0', 'main').trim();
    const ready = async () =>
      (await get<V1StatefulSet>('/apis/apps/v1/namespaces/default/statefulsets/keeper')).status!.readyReplicas === 1;
    await until('it to be ready', ready);
    await until('it to write', () => log() === 'begun');
    const found = await outputOf('finds', {
      containers: [{ name: 'main', command: ['getent', 'hosts', 'keeper-0.keeper.default.svc'] }],
    });
    expect(found.split(' ')[0]).toBe((await podsOf('keeper'))[0]!.status!.podIP);

    await kubectl.call('delete', 'pod', 'keeper-0'); // waits until it is gone
    await until('another to write', () => log() === 'begun\nbegun\nended\nbegun');
    await kubectl.call('delete', 'statefulset', 'keeper');
    await until('it to be gone', async () => (await podsOf('keeper')).length === 0);
    await kubectl.call('delete', 'pvc', 'data-keeper-0');
    await until(
      'its volume to be gone',
      async () => (await get<{ items: unknown[] }>('/api/v1/persistentvolumes')).items.length === 0,
    );
  });

  it('kills containers that do not end in time, and restarts those that a probe finds dead', async () => {
    const livenessProbe = { exec: { command: ['test', '-e', '/tmp/alive'] }, periodSeconds: 1, failureThreshold: 1 };
    const spec = restricted({
      terminationGracePeriodSeconds: 1,
      volumes: [{ name: 'tmp', emptyDir: {} }],
      containers: [
        {
          name: 'main',
          command: ['sh', '-c', 'trap "" TERM; touch /tmp/alive; sleep infinity'],
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          livenessProbe: { ...livenessProbe, initialDelaySeconds: 1 },
        },
      ],
    } as Partial<V1PodSpec>);
    await kubectl.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: metadata('stubborn'), spec }]);
    const status = async () => (await podsOf('stubborn'))[0]!.status;
    await until('it to run', async () => (await status())?.phase === 'Running');
    await until('it to be alive', () => kubelet.exec('default/stubborn', 'main', ['test', '-e', '/tmp/alive']));
    await kubelet.exec('default/stubborn', 'main', ['rm', '/tmp/alive']);
    await until('it to be started anew', async () => (await status())?.containerStatuses?.[0]?.restartCount === 1);
    expect((await status())!.containerStatuses![0]!.lastState!.terminated).toMatchObject({ exitCode: 137 });
    await kubectl.call('delete', 'pod', 'stubborn', '--timeout=120s');
    expect(await podsOf('stubborn')).toEqual([]);
  });

  it('lets a Pod call the API with the rights of its service account', async () => {
    const program = `
      const { KubeConfig, CoreV1Api } = await import('${CHECKOUT_INSIDE}/node_modules/@kubernetes/client-node/dist/index.js');
      const config = new KubeConfig();
      config.loadFromCluster();
      const { items } = await config.makeApiClient(CoreV1Api).listNamespacedConfigMap({ namespace: 'default' });
      console.log(items.some(({ metadata }) => metadata.name === 'known'));
      await config.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace: 'default' }).catch(({ code }) => console.log(code));`;
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }];
    const rbac = 'rbac.authorization.k8s.io';
    await kubectl.apply([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('known') },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('reader') },
      { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: metadata('reader'), rules },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: metadata('reader'),
        roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
        subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
      },
    ]);
    const containers = [{ name: 'main', command: ['node', '--input-type=module', '-e', program] }];
    expect(await outputOf('talks', { serviceAccountName: 'reader', containers })).toBe('true\n403\n');
  });

  it('makes services of this machine reachable for Pods at the same address', async () => {
    const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
    try {
      await until('the server', () => server.listening);
      const url = await kubelet.reachable(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path`);
      expect(url).toMatch(/^http:\/\/100\.100\.\d+\.1:\d+\/path$/);
      expect(await (await fetch(url)).text()).toBe('here');
      const command = ['node', '-e', `fetch("${url}").then(async r => console.log(await r.text()))`];
      expect(await outputOf('reaches', { containers: [{ name: 'main', command }] })).toBe('here\n');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
