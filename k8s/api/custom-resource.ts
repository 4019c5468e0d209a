import type { TSchema } from 'typebox';
import { MAX_OBJECT_NAME } from './fields.ts';
import { structural } from './schema.ts';

export const GROUP = 'bitql.dev';
const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** A column of `kubectl get`; one of priority 1 is only shown with -o wide. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly priority?: 1;
}

/** A kind of ours. */
export interface CustomResource {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: TSchema;
  readonly status: TSchema;
  readonly columns: readonly Column[];
  readonly selectableFields: readonly string[];
}

/** An object of a kind of ours as the API server returns it, with its defaults filled in. */
export interface CustomObject<Spec, Status> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Spec;
  readonly status?: Status;
}

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a kind. */
export function definitionOf(resource: CustomResource): Record<string, unknown> {
  const { kind, plural, singular, shortNames, columns, selectableFields } = resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: { 'app.kubernetes.io/part-of': 'bitql' } },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['all', 'bitcoin'] },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          ...(selectableFields.length > 0 && { selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })) }),
          schema: { openAPIV3Schema: schemaOf(resource) },
        },
      ],
    },
  };
}

function schemaOf({ description, spec, status }: CustomResource): Record<string, unknown> {
  return {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'The version of this schema: bitql.dev/v1alpha1.' },
      kind: { type: 'string', description: 'The kind of the object.' },
      // A CRD may describe no other part of metadata.
      metadata: {
        type: 'object',
        properties: { name: { type: 'string', maxLength: MAX_OBJECT_NAME, pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$' } },
      },
      spec: structural(spec),
      status: structural(status),
    },
  };
}
