import { join } from 'node:path';
import { Compile, type Validator } from 'typebox/schema';
import { strict, structuralSchemaOf } from './crd-schema.ts';
import { type Crd, readCrdFile, readCrds, type StructuralSchema } from './crds.ts';
import { modelOf, modelSchemas, type Schema } from './model-schemas.ts';

const MODELS = modelSchemas();
/** ServiceMonitor and PrometheusRule, custom kinds of another project. */
export const MONITORING_CRDS: readonly Crd[] = readCrdFile(join(import.meta.dirname, 'monitoring-crds.yaml'));

const OWN_CRDS = readCrds();
const ofModels = new Map<string, Validator>();
const ofCustomKinds = new WeakMap<StructuralSchema, Validator>();

/**
 * Mistakes in an object by the schema of its kind, built-in or custom: unknown fields, wrong types, missing fields; as
 * "path: what is wrong". An unknown kind is a mistake as well.
 * @param crds custom kinds in addition to those of the Prometheus operator
 */
export function mistakesIn(object: object, crds: readonly Crd[] = OWN_CRDS): string[] {
  const { apiVersion, kind } = object as { apiVersion?: unknown; kind?: unknown };
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return ['apiVersion and kind are missing'];
  const validator = validatorOf(apiVersion, kind, crds);
  return validator === null ? [`there is no kind ${apiVersion} ${kind}`] : mistakesBy(validator, object);
}

function validatorOf(apiVersion: string, kind: string, crds: readonly Crd[]): Validator | null {
  const model = modelOf(apiVersion, kind);
  if (model !== null) return remembered(ofModels, model, () => ({ $ref: model }));
  const schema = structuralSchemaOf([...crds, ...MONITORING_CRDS], apiVersion, kind);
  return schema && remembered(ofCustomKinds, schema, () => customObject(strict(schema)));
}

interface Memory<Key> {
  get(key: Key): Validator | undefined;
  set(key: Key, validator: Validator): unknown;
}

function remembered<Key>(memory: Memory<Key>, key: Key, schema: () => Schema): Validator {
  const validator = memory.get(key) ?? Compile(MODELS, schema());
  memory.set(key, validator);
  return validator;
}

/** No CRD describes metadata: the API server knows it. */
function customObject(schema: Schema): Schema {
  const metadata = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { $ref: 'V1ObjectMeta' } };
  return { ...schema, properties: { ...(schema.properties as object), ...metadata } };
}

/** All mistakes, as "path: what is wrong". */
export function mistakesBy(validator: Validator, value: unknown): string[] {
  const [, errors] = validator.Errors(value);
  return errors.flatMap(({ instancePath, keyword, message, params }) => {
    const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/');
    if (keyword === 'additionalProperties') {
      const { additionalProperties } = params as { additionalProperties: string[] };
      return additionalProperties.map((name) => `${path === '' ? name : `${path}.${name}`}: unknown field`);
    }
    return keyword === 'anyOf' || keyword === 'boolean' ? [] : [`${path || 'it'}: ${message}`];
  });
}
