import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { until } from '../../../dev/until.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import type { Kubectl } from './kubectl.ts';

const FOLDER = fileURLToPath(new URL('../../../k8s/crds', import.meta.url));

/** A structural schema, as in CustomResourceDefinitions. */
export interface StructuralSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  readonly [more: string]: unknown;
}

export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export interface Crd {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
      readonly selectableFields?: readonly { readonly jsonPath: string }[];
    }[];
  };
}

/** The shipped definitions in k8s/crds. */
export function readCrds(): Crd[] {
  return globSync('*.yaml', { cwd: FOLDER })
    .sort()
    .flatMap((file) => readCrdFile(join(FOLDER, file)));
}

export function readCrdFile(file: string): Crd[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Crd);
}

/** Creates them, and waits until their kinds are served. */
export async function makeCrds(api: KubernetesApi, crds: readonly Crd[] = readCrds()): Promise<void> {
  for (const crd of crds) {
    const made = await api.request(
      'POST',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      JSON.stringify(crd),
    );
    if (made.status !== 201) throw new Error(`${crd.metadata.name} is refused: ${made.body}`);
  }
  await untilAnswered(crds, async (path) => (await api.request('GET', path)).status === 200);
}

/** Applies them, and waits until their kinds are served. */
export async function applyCrds(kubectl: Kubectl, crds: readonly Crd[] = readCrds()): Promise<void> {
  await kubectl.apply(crds, '--server-side');
  await untilServed(kubectl, crds);
}

/**
 * Established: the server of CRDs knows them. Their APIService: clients can find them. For a moment after that, the
 * server may still answer that the path does not exist.
 */
export async function untilServed(kubectl: Kubectl, crds: readonly Crd[] = readCrds()): Promise<void> {
  const wait = (condition: string, names: readonly string[]) =>
    kubectl.call('wait', `--for=${condition}`, '--timeout=60s', ...names);
  await wait(
    'condition=Established',
    crds.map(({ metadata }) => `crd/${metadata.name}`),
  );
  const groups = crds.flatMap(({ spec }) => spec.versions.map(({ name }) => `apiservice/${name}.${spec.group}`));
  const services = [...new Set(groups)];
  await wait('create', services);
  await wait('condition=Available', services);
  await untilAnswered(crds, async (path) => (await kubectl.run(['get', '--raw', path])).code === 0);
}

async function untilAnswered(crds: readonly Crd[], isAnswered: (path: string) => Promise<boolean>): Promise<void> {
  for (const { spec } of crds) {
    const paths = spec.versions.map(({ name }) => `/apis/${spec.group}/${name}/${spec.names.plural}?limit=1`);
    const areAnswered = async () => (await Promise.all(paths.map(isAnswered))).every(Boolean);
    await until(`${spec.names.plural} to be served`, areAnswered, { intervalMs: 100 });
  }
}
