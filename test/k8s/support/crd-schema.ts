import type { Crd, StructuralSchema } from './crds.ts';
import type { Schema } from './model-schemas.ts';

/** The schema of a version of a custom kind, or null. */
export function structuralSchemaOf(crds: readonly Crd[], apiVersion: string, kind: string): StructuralSchema | null {
  const [group, name] = apiVersion.split('/');
  const crd = crds.find(({ spec }) => spec.group === group && spec.names.kind === kind);
  return crd?.spec.versions.find((version) => version.name === name)?.schema.openAPIV3Schema ?? null;
}

const KEYWORDS = [
  ...['type', 'format', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum'],
  ...['exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
  ...['required', 'allOf', 'anyOf', 'oneOf', 'not'],
];

/** The same as a JSON Schema that refuses what the API server would drop: undescribed fields. */
export function strict(schema: StructuralSchema): Schema {
  const { properties, additionalProperties, items } = schema;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || schema['x-kubernetes-embedded-resource'];
  const kept = KEYWORDS.filter((keyword) => schema[keyword] !== undefined).map((keyword) => [keyword, schema[keyword]]);
  const same = {
    ...Object.fromEntries(kept),
    ...(properties && { properties: mapValues(properties, strict) }),
    ...(items && { items: strict(items) }),
    ...(schema.type === 'object' && { additionalProperties: others(additionalProperties, isOpen === true) }),
    ...(schema['x-kubernetes-int-or-string'] && { anyOf: [{ type: 'integer' }, { type: 'string' }] }),
  };
  return schema.nullable ? { anyOf: [{ type: 'null' }, same] } : same;
}

function others(declared: StructuralSchema | boolean | undefined, isOpen: boolean): Schema | boolean {
  if (typeof declared === 'object') return strict(declared);
  return declared ?? isOpen;
}

function mapValues<From, To>(of: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
}
