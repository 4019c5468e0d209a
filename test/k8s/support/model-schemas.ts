import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as models from '@kubernetes/client-node';

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** The kinds that this project creates or ships, by group and version. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: ['ConfigMap', 'Event', 'Namespace', 'PersistentVolumeClaim', 'Pod', 'Secret', 'Service', 'ServiceAccount'],
  'apps/v1': ['Deployment', 'StatefulSet'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'batch/v1': ['CronJob', 'Job'],
  'coordination.k8s.io/v1': ['Lease'],
  'networking.k8s.io/v1': ['Ingress', 'NetworkPolicy'],
  'policy/v1': ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
};

/** Quantities are strings in the models, but Kubernetes accepts numbers as well. */
const QUANTITIES: ReadonlySet<string> = new Set([
  'limits',
  'requests',
  'capacity',
  'sizeLimit',
  'hard',
  'averageValue',
]);
const QUANTITY: Schema = {
  anyOf: [{ type: 'number' }, { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(m|k|[KMGTPE]i?)?$' }],
};

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

interface Model {
  getAttributeTypeMap(): readonly Attribute[];
}

/**
 * Schemas of the classes of @kubernetes/client-node that describe parts of objects, by class name. The classes give
 * names and types, their declarations what is required. Fields that Kubernetes does not have are refused.
 */
export function modelSchemas(): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(models).flatMap(([name, of]) => (isModel(of) ? [[name, object(name, of)]] : [])),
  );
}

/** The class name of a built-in kind; null if there is none, or if this project does not use it. */
export function modelOf(apiVersion: string, kind: string): string | null {
  if (!KINDS[apiVersion]?.includes(kind)) return null;
  const version = apiVersion.split('/').at(-1)!;
  const prefix = kind === 'Event' ? 'Core' : '';
  return `${prefix}V${version.slice(1)}${kind}`;
}

function isModel(value: unknown): value is Model {
  return typeof value === 'function' && 'getAttributeTypeMap' in value;
}

function object(name: string, model: Model): Schema {
  const attributes = model.getAttributeTypeMap();
  const required = requiredOf(name);
  return {
    type: 'object',
    properties: Object.fromEntries(attributes.map((attribute) => [attribute.baseName, schemaOf(attribute)])),
    required: attributes.filter(({ name }) => required.has(name)).map(({ baseName }) => baseName),
    additionalProperties: false,
  };
}

const DECLARATIONS = new URL('./gen/models/', import.meta.resolve('@kubernetes/client-node'));

/** The attributes that a class declares without a question mark. */
function requiredOf(name: string): ReadonlySet<string> {
  const declaration = readFileSync(fileURLToPath(new URL(`${name}.d.ts`, DECLARATIONS)), 'utf8');
  return new Set([...declaration.matchAll(/^ {4}'(\w+)': /gm)].map((match) => match[1]!));
}

function schemaOf({ baseName, type, format }: Attribute): Schema {
  if (!QUANTITIES.has(baseName)) return typed(type, format);
  if (type === 'string') return QUANTITY;
  return type === '{ [key: string]: string; }'
    ? { type: 'object', additionalProperties: QUANTITY }
    : typed(type, format);
}

const LIST = /^Array<(.*)>$/;
const MAP = /^\{ \[key: string\]: (.*); \}$/;
const PLAIN: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  any: {},
  Date: { type: 'string', format: 'date-time' },
  V1MicroTime: { type: 'string', format: 'date-time' },
  IntOrString: { anyOf: [{ type: 'integer' }, { type: 'string' }] },
};

function typed(type: string, format: string): Schema {
  const item = LIST.exec(type)?.[1];
  if (item !== undefined) return { type: 'array', items: typed(item, format) };
  const value = MAP.exec(type)?.[1];
  if (value !== undefined) return { type: 'object', additionalProperties: typed(value, format) };
  if (type === 'number') return { type: format.startsWith('int') ? 'integer' : 'number' };
  if (type === 'string' && format === 'byte') return { type: 'string', pattern: '^[A-Za-z0-9+/]*={0,2}$' };
  return PLAIN[type] ?? { $ref: type };
}
