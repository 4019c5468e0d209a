import { describe, expect, it } from 'vitest';
import { MONITORING_CRDS, mistakesIn } from './strict-schema.ts';

const labels = { app: 'node' };

function statefulSet(): Record<string, unknown> {
  const container = {
    name: 'bitcoind',
    image: 'bitcoin:30',
    env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'rpc', key: 'password' } } }],
    ports: [{ name: 'rpc', containerPort: 8332 }],
    resources: { requests: { cpu: 2, memory: '4Gi' }, limits: { memory: '8Gi' } },
    readinessProbe: { httpGet: { path: '/', port: 'rpc' }, periodSeconds: 10 },
    securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'node', labels },
    spec: {
      serviceName: 'node',
      selector: { matchLabels: labels },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' },
      template: {
        metadata: { labels },
        spec: { containers: [container], volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Gi' } }] },
      },
    },
  };
}

const CONTAINER = 'spec.template.spec.containers.0';

/** The object with another value at a path; undefined removes it. */
function withChange(object: object, path: string, value: unknown): object {
  const copy = structuredClone(object);
  const names = path.split('.');
  const last = names.pop()!;
  const parent = names.reduce((of, name) => of[name] as Record<string, unknown>, copy as Record<string, unknown>);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

describe('the strict check of built-in kinds', () => {
  it('accepts objects that Kubernetes accepts', () => {
    expect(mistakesIn(statefulSet())).toEqual([]);
  });

  it.each([
    ['spec.template.spec.containes', [], 'spec.template.spec.containes: unknown field'],
    [`${CONTAINER}.imag`, 'x', `${CONTAINER}.imag: unknown field`],
    [`${CONTAINER}.securityContext.readOnlyRootFileSystem`, true, 'readOnlyRootFileSystem: unknown field'],
    [`${CONTAINER}.env.0.valueFrom.secretKeyRef.nam`, 'x', 'valueFrom.secretKeyRef.nam: unknown field'],
    [`${CONTAINER}.readinessProbe.httpGet.prot`, 1, 'readinessProbe.httpGet.prot: unknown field'],
    [`${CONTAINER}.resources.request`, {}, 'resources.request: unknown field'],
    ['metadata.label', {}, 'metadata.label: unknown field'],
  ])('refuses the unknown field %s', (path, value, mistake) => {
    expect(mistakesIn(withChange(statefulSet(), path, value))).toEqual([expect.stringContaining(mistake)]);
  });

  it.each([
    [`${CONTAINER}.ports.0.containerPort`, '8332', 'containerPort: must be integer'],
    [`${CONTAINER}.ports.0.containerPort`, 8332.5, 'containerPort: must be integer'],
    [`${CONTAINER}.args`, 'one', 'args: must be array'],
    [`${CONTAINER}.env.0.value`, 1, 'env.0.value: must be string'],
    [`${CONTAINER}.resources.limits.memory`, '8 GB', 'limits.memory: must match'],
    ['spec.template.spec.automountServiceAccountToken', 'no', 'automountServiceAccountToken: must be boolean'],
    ['metadata.labels.app', 5, 'metadata.labels.app: must be string'],
  ])('refuses %s if it is %j', (path, value, mistake) => {
    expect(mistakesIn(withChange(statefulSet(), path, value)).join()).toContain(mistake);
  });

  it.each([
    [`${CONTAINER}.name`, 'name'],
    ['spec.selector', 'selector'],
    ['spec.template.spec.containers', 'containers'],
    [`${CONTAINER}.env.0.valueFrom.secretKeyRef.key`, 'key'],
  ])('reports a missing %s', (path, name) => {
    expect(mistakesIn(withChange(statefulSet(), path, undefined)).join()).toContain(`required properties ${name}`);
  });

  it("knows kinds that are too new for the tests' API server", () => {
    const metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
    ];
    const scaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'gateway' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'gateway' }, maxReplicas: 3, metrics },
    };
    expect(mistakesIn(scaler)).toEqual([]);
    expect(mistakesIn(withChange(scaler, 'spec.metrics.0.resource.target.averageUtilisation', 1))).toHaveLength(1);
    const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'node' } };
    expect(
      mistakesIn({ ...budget, spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow', maxUnavailable: '25%' } }),
    ).toEqual([]);
    expect(mistakesIn({ ...budget, spec: { maxUnvailable: 1 } })).toEqual(['spec.maxUnvailable: unknown field']);
  });

  it('does not know a kind of a wrong group', () => {
    expect(mistakesIn({ apiVersion: 'apps/v1', kind: 'Ingress' })).toEqual(['there is no kind apps/v1 Ingress']);
    expect(mistakesIn({ kind: 'Pod' })).toEqual(['apiVersion and kind are missing']);
  });
});

describe('the strict check of custom kinds', () => {
  const monitor = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'gateway' },
    spec: { selector: { matchLabels: labels }, endpoints: [{ port: 'metrics', interval: '30s' }] },
  };

  it('accepts a ServiceMonitor, and refuses a misspelt one', () => {
    expect(mistakesIn(monitor)).toEqual([]);
    expect(mistakesIn(withChange(monitor, 'spec.endpoints.0.intervall', '30s'))).toEqual([
      'spec.endpoints.0.intervall: unknown field',
    ]);
    expect(mistakesIn(withChange(monitor, 'spec.endpoints.0.interval', '30 seconds'))).toHaveLength(1);
    expect(mistakesIn(withChange(monitor, 'metadata.label', {}))).toEqual(['metadata.label: unknown field']);
  });

  it('checks definitions of kinds as well', () => {
    for (const crd of MONITORING_CRDS) expect(mistakesIn(crd)).toEqual([]);
    expect(mistakesIn(withChange(MONITORING_CRDS[0]!, 'spec.names.shortName', []))).toEqual([
      'spec.names.shortName: unknown field',
    ]);
  });
});
