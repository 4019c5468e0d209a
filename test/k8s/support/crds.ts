import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Kubectl } from './kubectl.ts';

const FOLDER = fileURLToPath(new URL('../../../k8s/crds', import.meta.url));

/** A schema as CustomResourceDefinitions hold it ("structural"). */
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

/** The definitions of k8s/crds, as they are shipped. */
export function readCrds(): Crd[] {
  return globSync('*.yaml', { cwd: FOLDER })
    .sort()
    .flatMap((file) => readCrdFile(join(FOLDER, file)));
}

export function readCrdFile(file: string): Crd[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Crd);
}

/** Applies them without what the API server of test/services is too old for, and waits until their kinds are served. */
export async function applyCrds(kubectl: Kubectl, crds: readonly Crd[] = readCrds()): Promise<void> {
  await kubectl.apply(crds.map(withoutRules));
  const names = crds.map(({ metadata }) => `crd/${metadata.name}`);
  await kubectl.call('wait', '--for=condition=Established', '--timeout=60s', ...names);
}

/** Without CEL rules and selectable fields, which Kubernetes 1.20 does not know. */
export function withoutRules(crd: Crd): Crd {
  const unknown = ['x-kubernetes-validations', 'selectableFields'];
  return JSON.parse(JSON.stringify(crd, (name, value) => (unknown.includes(name) ? undefined : value)));
}
