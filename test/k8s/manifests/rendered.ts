import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { V1EnvVar, V1PodSpec } from '@kubernetes/client-node';
import { parseAllDocuments, stringify } from 'yaml';
import { run } from '../../cli/support.ts';
import { readCrds } from '../support/crds.ts';
import { mistakesIn } from '../support/strict-schema.ts';

export const K8S = fileURLToPath(new URL('../../../k8s', import.meta.url));
export const ROOT = join(K8S, '..');
export const CRDS = readCrds();

export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: manifests of any kind
  readonly [field: string]: any;
}

/** A kustomization; its resources and components are folders below k8s/. */
export interface Kustomization {
  readonly resources: readonly string[];
  readonly components?: readonly string[];
  readonly [field: string]: unknown;
}

export const idOf = ({ kind, metadata }: Rendered): string => `${kind} ${metadata.name}`;

export function objectsIn(yaml: string): Rendered[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS({ maxAliasCount: 1_000 }))
    .filter((object) => object !== null);
}

const made = new Map<string, Promise<Rendered[]>>();

/** The output of `kubectl kustomize` for a folder below k8s/, cached. */
export function kustomized(tools: string, folder: string): Promise<Rendered[]> {
  const known = made.get(folder) ?? kustomize(tools, folder);
  made.set(folder, known);
  return known;
}

async function kustomize(tools: string, folder: string): Promise<Rendered[]> {
  const { code, stdout, stderr } = await run(join(tools, 'kubectl'), ['kustomize', join(K8S, folder)]);
  if (code !== 0) throw new Error(`kubectl kustomize k8s/${folder}: ${stderr}`);
  // For example deprecated fields.
  if (stderr !== '') throw new Error(`kubectl kustomize k8s/${folder} warns: ${stderr}`);
  return objectsIn(stdout);
}

/** The output for a user's overlay, which is in another folder. */
export async function kustomizedBy(tools: string, kustomization: Kustomization): Promise<Rendered[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bitql-overlay-')));
  try {
    const from = (paths: readonly string[]) => paths.map((path) => relative(folder, join(K8S, path)));
    const { resources, components = [] } = kustomization;
    const content = { ...kustomization, resources: from(resources), components: from(components) };
    writeFileSync(join(folder, 'kustomization.yaml'), stringify(content));
    return await kustomize(tools, relative(K8S, folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Everything that may be installed in the operator's namespace. */
export const EVERYTHING: Kustomization = {
  namespace: 'bitql-system',
  resources: ['base'],
  components: [
    'components/monitoring',
    'components/custom-metrics',
    'components/network-policy',
    'components/namespaced',
  ],
};

/** The Pod spec of the operator. */
export function operatorIn(objects: readonly Rendered[]): V1PodSpec {
  return objects.find(({ kind }) => kind === 'Deployment')!.spec.template.spec;
}

/** The environment of the operator in its Pod in the namespace bitql-system. */
export function environmentIn(objects: readonly Rendered[]): Record<string, string> {
  const { env = [] } = operatorIn(objects).containers[0]!;
  const textOf = ({ value, valueFrom }: V1EnvVar) =>
    value ?? (valueFrom?.fieldRef?.fieldPath === 'metadata.namespace' ? 'bitql-system' : '');
  return Object.fromEntries(env.map((variable) => [variable.name, textOf(variable)]));
}

/** Mistakes in objects, by the schemas of their kinds. */
export function mistakesOf(objects: readonly Rendered[]): string[] {
  return objects.flatMap((object) => mistakesIn(object, CRDS).map((mistake) => `${idOf(object)}: ${mistake}`));
}

/** The output of `helm template` for the chart, with the namespace and the name of k8s/base. */
export async function templated(tools: string, values: object): Promise<Rendered[]> {
  const { code, stdout, stderr } = await helm(tools, 'template', values);
  if (code !== 0) throw new Error(`helm template: ${stderr}`);
  return objectsIn(stdout);
}

/** Runs helm with the chart, and with values from a file. */
export function helm(tools: string, command: 'template' | 'lint' | 'install', values: object, ...flags: string[]) {
  const release = command === 'lint' ? [] : ['bitql-operator'];
  const args = [command, ...release, join(K8S, 'chart'), '--namespace', 'bitql-system', '--values', '-', ...flags];
  return run(join(tools, 'helm'), args, { input: JSON.stringify(values) });
}
