import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWith } from '../../services/suite.ts';
import {
  CRDS,
  EVERYTHING,
  environmentIn,
  helm,
  idOf,
  K8S,
  type Kustomization,
  kustomizedBy,
  mistakesOf,
  type Rendered,
  ROOT,
  templated,
} from './rendered.ts';

describeWith('kubectl')('the chart', ({ kubectlTools: tools }) => {
  /** Sorted, with lists of variables as maps, and without Helm's own labels. */
  const comparable = (objects: readonly Rendered[]) => {
    const kept = objects.filter(({ kind }) => kind !== 'Namespace').map((object) => structuredClone(object));
    for (const object of kept.filter(({ kind }) => kind === 'Deployment')) {
      const [container] = object.spec.template.spec.containers;
      container.env = environmentIn([object]);
    }
    return Object.fromEntries(kept.map((object) => [idOf(object), object]));
  };
  const keepNot = { crds: { keep: false } };

  it.each<[string, object, Kustomization]>([
    ['as it is', {}, { resources: ['base'] }],
    [
      'with monitoring',
      { monitoring: { enabled: true } },
      { namespace: 'bitql-system', resources: ['base'], components: ['components/monitoring'] },
    ],
    [
      'for one namespace',
      { namespaces: ['bitql-system'] },
      { resources: ['base'], components: ['components/namespaced'] },
    ],
    [
      'with everything',
      {
        monitoring: { enabled: true },
        customMetrics: { enabled: true },
        networkPolicy: { defaultDeny: true },
        namespaces: ['bitql-system'],
      },
      EVERYTHING,
    ],
  ])('renders the same objects as kustomize, %s', async (_title, values, kustomization) => {
    const [chart, base] = await Promise.all([
      templated(tools, { ...keepNot, ...values }),
      kustomizedBy(tools, kustomization),
    ]);
    expect(comparable(chart)).toEqual(comparable(base));
  });

  it('follows each of its values, with objects that are still valid', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    const objects = await templated(tools, {
      image: { repository: 'registry.example/bitql', digest, pullPolicy: 'Always' },
      imagePullSecrets: [{ name: 'registry' }],
      replicas: 3,
      namespaces: ['one', 'two'],
      logLevel: 'debug',
      workers: 8,
      probes: 128,
      apiRate: 100,
      extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
      resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } },
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      priorityClassName: 'system-cluster-critical',
      podAnnotations: { team: 'chain' },
      monitoring: { enabled: true, labels: { release: 'prometheus' } },
      networkPolicy: { enabled: false },
      crds: { install: true, keep: true },
    });
    expect(mistakesOf(objects)).toEqual([]);
    const deployment = objects.find(({ kind }) => kind === 'Deployment')!;
    const image = `registry.example/bitql@${digest}`;
    expect(deployment.spec.replicas).toBe(3);
    expect(deployment.spec.template.metadata.annotations).toMatchObject({ team: 'chain' });
    expect(deployment.spec.template.spec).toMatchObject({
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'dedicated' }],
      affinity: { nodeAffinity: {} },
      priorityClassName: 'system-cluster-critical',
      containers: [
        { image, imagePullPolicy: 'Always', resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } },
      ],
    });
    expect(environmentIn(objects)).toMatchObject({
      BITQL_IMAGE: image,
      BITQL_NAMESPACES: 'one,two',
      BITQL_LOG_LEVEL: 'debug',
      BITQL_WORKERS: '8',
      BITQL_PROBES: '128',
      BITQL_API_RATE: '100',
      HTTPS_PROXY: 'http://proxy:3128',
    });
    const bindings = objects.filter(
      ({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === 'bitql-operator',
    );
    expect(bindings.map(({ metadata, subjects }) => [metadata.namespace, subjects[0].namespace])).toEqual([
      ['one', 'bitql-system'],
      ['two', 'bitql-system'],
    ]);
    expect(objects.some(({ kind }) => kind === 'ClusterRoleBinding' || kind === 'NetworkPolicy')).toBe(false);
    for (const kind of ['ServiceMonitor', 'PrometheusRule']) {
      expect(objects.find((object) => object.kind === kind)!.metadata.labels).toMatchObject({ release: 'prometheus' });
    }
    const crds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(crds.map(({ metadata }) => metadata.annotations)).toEqual(
      crds.map(() => ({ 'helm.sh/resource-policy': 'keep' })),
    );
    expect(crds).toHaveLength(CRDS.length);
    const without = await templated(tools, { crds: { install: false } });
    expect(without.some(({ kind }) => kind === 'CustomResourceDefinition')).toBe(false);
  });

  it.each<[string, object]>([
    ['an unknown value', { replica: 3 }],
    ['an unknown value within one', { image: { name: 'bitql' } }],
    ['a text for a number', { replicas: '2' }],
    ['no operator at all', { replicas: 0 }],
    ['a namespace that can be none', { namespaces: ['Not A Name'] }],
    ['a digest that is none', { image: { digest: 'latest' } }],
    ['a level that is none', { logLevel: 'loud' }],
    ['no request at all', { apiRate: 0 }],
  ])('refuses %s', async (_title, values) => {
    const { code, stderr } = await helm(tools, 'template', values);
    expect(code).not.toBe(0);
    expect(stderr).toContain("values don't meet the specifications of the schema");
  });

  it("passes Helm's lint, and says how to continue", async () => {
    const linted = await helm(tools, 'lint', {}, '--strict');
    expect([linted.code, linted.stdout.match(/\[(WARNING|ERROR)\].*/)]).toEqual([0, null]);
    const { stdout } = await helm(tools, 'install', {}, '--dry-run=client');
    expect(stdout).toContain('kubectl -n bitql-system rollout status deployment/bitql-operator');
  });
});

describe('the chart', () => {
  const read = (file: string) => readFileSync(join(K8S, 'chart', file), 'utf8');

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const { version: chart, appVersion } = parse(read('Chart.yaml'));
    expect({ chart, appVersion }).toEqual({ chart: version, appVersion: version });
  });

  it('describes every value', () => {
    const lines = read('values.yaml').split('\n');
    const values = lines.flatMap((line, index) => (/^ *[a-zA-Z]+:/.test(line) ? [index] : []));
    expect(values.length).toBeGreaterThan(25);
    // The content of a Pod is described by Kubernetes.
    const isItsOwn = (line: string) => /^ {2}(requests|limits):/.test(line);
    const undescribed = values.map((index) => [lines[index - 1]!, lines[index]!] as const);
    const missing = undescribed.filter(([before, line]) => !isItsOwn(line) && !/^ *# [A-Z[a-z].*[^,]$/.test(before));
    expect(missing.map(([, line]) => line)).toEqual([]);
  });

  it('has exactly the values of its schema', () => {
    const { properties } = JSON.parse(read('values.schema.json'));
    const named = (values: object) =>
      Object.entries(values).flatMap(([name, value]) => {
        const inner = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value) : [];
        return [name, ...inner.map((of) => `${name}.${of}`)];
      });
    const described = Object.entries<{ properties?: object }>(properties)
      // Helm's own.
      .filter(([name]) => name !== 'global')
      .map(([name, schema]) => [name, schema.properties ?? {}] as const);
    expect(named(parse(read('values.yaml'))).sort()).toEqual(named(Object.fromEntries(described)).sort());
  });
});
