import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { operator } from '../../../cli/commands/operator.ts';
import { OPERATOR_LABELS } from '../../../k8s/operator/runtime/child.ts';
import { environmentName } from '../../../src/settings/option.ts';
import { readOptions } from '../../../src/settings/read.ts';
import { describeWith } from '../../services/suite.ts';
import { podSecurityViolations } from '../support/pod-security.ts';
import { danglingReferences, makersOfPods } from './references.ts';
import {
  EVERYTHING,
  environmentIn,
  idOf,
  K8S,
  kustomized,
  kustomizedBy,
  mistakesOf,
  objectsIn,
  operatorIn,
  type Rendered,
  ROOT,
} from './rendered.ts';

const OVERLAYS = ['regtest-dev', 'mainnet-core', 'mainnet-sv', 'bchn'];

describeWith('kubectl')('the manifests', ({ kubectlTools: tools }) => {
  const cases: [string, () => Promise<Rendered[]>][] = [
    ['base', () => kustomized(tools, 'base')],
    ['base with every component', () => kustomizedBy(tools, EVERYTHING)],
    ...OVERLAYS.map((name): [string, () => Promise<Rendered[]>] => [
      `overlays/${name}`,
      () => kustomized(tools, `overlays/${name}`),
    ]),
  ];

  describe.each(cases)('%s', (_name, render) => {
    it('is valid by the schemas of all kinds', async () => {
      const objects = await render();
      expect(objects.length).toBeGreaterThan(2);
      expect(mistakesOf(objects)).toEqual([]);
    });

    it('refers only to existing objects', async () => {
      const objects = await render();
      const hasOperator = objects.some(({ kind }) => kind === 'Deployment');
      // It would select Pods of the operator in the namespace.
      const isForOperator = ({ metadata }: Rendered) => metadata.name === 'bitql-operator-egress';
      expect(danglingReferences(objects.filter((object) => hasOperator || !isForOperator(object)))).toEqual([]);
    });

    it('has each object once, in a namespace that it creates and that allows only restricted Pods', async () => {
      const objects = await render();
      const ids = objects.map((object) => `${object.apiVersion} ${idOf(object)}`);
      expect(ids).toEqual([...new Set(ids)]);
      const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
      expect(namespaces).toHaveLength(1);
      expect(namespaces[0]!.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
      const used = objects.map(({ metadata }) => metadata.namespace).filter((namespace) => namespace !== undefined);
      expect(new Set(used)).toEqual(new Set([namespaces[0]!.metadata.name]));
    });
  });

  it('runs the operator within the restricted standard, and from a fixed image', async () => {
    const makers = makersOfPods(await kustomized(tools, 'base'));
    expect(makers.map(({ object }) => idOf(object))).toEqual(['Deployment bitql-operator']);
    const [{ template }] = makers as [(typeof makers)[number]];
    expect(podSecurityViolations(template.spec)).toEqual([]);
    const [container] = template.spec.containers as [(typeof template.spec.containers)[number]];
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
    expect(container.resources).toMatchObject({
      requests: { memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
    expect(container.image).toMatch(/:\d+\.\d+\.\d+$/);
    // The labels by which the NetworkPolicies of nodes admit it.
    expect(template.metadata!.labels).toMatchObject(OPERATOR_LABELS);
  });

  it.each(cases.slice(0, 2))('gives the operator of %s settings that its command takes', async (_name, render) => {
    const objects = await render();
    const { args = [], ports = [] } = operatorIn(objects).containers[0]!;
    const environment = environmentIn(objects);
    const [command, ...flags] = args;
    expect(command).toBe(operator.name);
    const options = operator.options as Parameters<typeof readOptions>[0];
    const { values, ...read } = readOptions(options, flags, environment);
    expect(read).toEqual({ positionals: [], mistakes: [], warnings: [] });
    const known = Object.keys(options).map(environmentName);
    expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
    const listened = ports.map(({ name, containerPort: port }) => [name, { host: '0.0.0.0', port }]);
    expect(values).toMatchObject(Object.fromEntries(listened));
  });

  it('names the image in one place, from which indexers and gateways have it too', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const objects = await kustomized(tools, 'base');
    expect(operatorIn(objects).containers[0]!.image).toBe(`ghcr.io/bitql/bitql:${version}`);
    expect(environmentIn(objects).BITQL_IMAGE).toBe(`ghcr.io/bitql/bitql:${version}`);
    const named = globSync('{base,components,overlays}/**/*.yaml', { cwd: K8S }).filter((file) =>
      /^[^#]*ghcr\.io/m.test(readFileSync(join(K8S, file), 'utf8')),
    );
    expect(named).toEqual(['base/kustomization.yaml']);
  });

  it("takes another image from a user's overlay, as docs/kubernetes.md shows", async () => {
    const page = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');
    const example = /```yaml\n(# kustomization.yaml of your own\n[\s\S]*?)```/.exec(page)![1]!;
    const { resources, ...rest } = parse(example);
    expect(resources).toEqual(['bitql/k8s/base']);
    const objects = await kustomizedBy(tools, { ...rest, resources: ['base'] });
    const image = operatorIn(objects).containers[0]!.image;
    expect(image).toMatch(/^registry\.example\/bitql@sha256:[0-9a-f]{64}$/);
    expect(environmentIn(objects).BITQL_IMAGE).toBe(image);
  });

  it('leaves the operator no rights outside of its namespace, with components/namespaced', async () => {
    const objects = await kustomizedBy(tools, { resources: ['base'], components: ['components/namespaced'] });
    const bindings = objects.filter(({ kind }) => kind.endsWith('Binding'));
    expect(bindings.map(idOf)).toEqual(['RoleBinding bitql-operator', 'RoleBinding bitql-operator-lease']);
    expect(environmentIn(objects).BITQL_NAMESPACES).toBe('bitql-system');
    expect(environmentIn(await kustomized(tools, 'base')).BITQL_NAMESPACES).toBeUndefined();
  });

  it("has the operator's own database in each main overlay, and the user's without the component", async () => {
    for (const name of ['mainnet-core', 'mainnet-sv', 'bchn']) {
      const index = (await kustomized(tools, `overlays/${name}`)).find(({ kind }) => kind === 'BitcoinIndex')!;
      expect(Object.keys(index.spec.store)).toEqual(['managed']);
      const own = parse(readFileSync(join(K8S, `overlays/${name}/index.yaml`), 'utf8'));
      expect(own.spec.store).toEqual({ secretRef: { name: 'mongodb' } });
      expect(mistakesOf([own])).toEqual([]);
    }
  });
});

it('docs/kubernetes.md shows valid objects of the kinds', () => {
  const page = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml!);
  const objects = examples.flatMap(objectsIn).filter(({ apiVersion }) => apiVersion !== undefined);
  expect(objects.map(({ kind }) => kind).sort()).toEqual([
    'BitcoinIndex',
    'BitcoinIndex',
    'BitcoinNode',
    'BitcoinNode',
    'Role',
    'RoleBinding',
  ]);
  expect(mistakesOf(objects)).toEqual([]);
});

it('manifests mean the same in YAML 1.1, which kubectl and Helm read, as in YAML 1.2', () => {
  const files = globSync('{api,base,components,crds,examples,overlays}/**/*.yaml', { cwd: K8S });
  expect(files.length).toBeGreaterThan(20);
  const read = (text: string, version: '1.1' | '1.2') =>
    parseAllDocuments(text, { version }).map((document) => document.toJS());
  for (const file of files) {
    const text = readFileSync(join(K8S, file), 'utf8');
    expect(read(text, '1.1'), file).toEqual(read(text, '1.2'));
  }
});
