import { Compile, type Validator } from 'typebox/schema';
import { type CompiledRule, compilerFor } from './cel.ts';
import { strict } from './crd-schema.ts';
import type { Crd, StructuralSchema, ValidationRule } from './crds.ts';
import { mistakesBy } from './strict-schema.ts';

/** The API server lets rules at the root see this much of the metadata. */
const METADATA: StructuralSchema = {
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};

/**
 * Why an API server would refuse a custom object, as "path: why": first what its schema says (types, enums, patterns,
 * bounds, unknown fields), and if that is content, its rules in CEL. Defaults are filled in before.
 * @param old what the object is to replace; without it, rules that speak of oldSelf are not asked
 */
export function violations(crd: Crd, object: object, old?: object): string[] {
  const { schema, validator } = checksOf(versionOf(crd, object));
  const value = withDefaults(schema, reduced(object));
  const mistakes = mistakesBy(validator, value);
  if (mistakes.length > 0) return mistakes;
  return [...broken(schema, value, old && withDefaults(schema, reduced(old)), '')];
}

/** What is wrong with the rules of a definition themselves: that they do not compile, or cannot be asked where they stand. */
export function mistakesInRules(crd: Crd): string[] {
  return crd.spec.versions.flatMap(({ schema }) => [...mistaken(checksOf(schema.openAPIV3Schema).schema, '', true)]);
}

function versionOf(crd: Crd, object: object): StructuralSchema {
  const { apiVersion } = object as { apiVersion?: string };
  const version = crd.spec.versions.find(({ name }) => apiVersion === `${crd.spec.group}/${name}`);
  if (!version) throw new Error(`${crd.metadata.name} has no version ${apiVersion}`);
  return version.schema.openAPIV3Schema;
}

interface Checks {
  readonly schema: StructuralSchema;
  readonly validator: Validator;
}

const checks = new WeakMap<StructuralSchema, Checks>();

function checksOf(root: StructuralSchema): Checks {
  const schema = { ...root, properties: { ...root.properties, metadata: METADATA } };
  const known = checks.get(root) ?? { schema, validator: Compile(strict(schema)) };
  checks.set(root, known);
  return known;
}

/** The rest of the metadata is no matter of the CRD. */
function reduced(object: object): object {
  const { metadata = {}, ...rest } = object as { metadata?: { name?: string; generateName?: string } };
  const { name, generateName } = metadata;
  return { ...rest, metadata: { ...(name && { name }), ...(generateName && { generateName }) } };
}

function withDefaults(schema: StructuralSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (schema.items ? withDefaults(schema.items, item) : item));
  if (typeof value !== 'object' || value === null) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, of] of Object.entries(schema.properties ?? {})) {
    if (filled[name] === undefined && of.default !== undefined) filled[name] = of.default;
    if (filled[name] !== undefined) filled[name] = withDefaults(of, filled[name]);
  }
  return filled;
}

/** Each part of a schema that a value has, with the value there, and the one that it replaces where that can be told. */
function* parts(
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
): Generator<[name: string, schema: StructuralSchema, value: unknown, old: unknown]> {
  if (Array.isArray(value) && schema.items) {
    for (const [index, item] of value.entries())
      yield [String(index), schema.items, item, counterpart(schema, item, old)];
  } else if (typeof value === 'object' && value !== null) {
    const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    for (const [name, of] of Object.entries(value)) {
      const part = schema.properties?.[name] ?? values;
      if (part) yield [name, part, of, (old as Record<string, unknown> | undefined)?.[name]];
    }
  }
}

/** Items of a list are told apart by their keys; those of other lists are new each time. */
function counterpart(schema: StructuralSchema, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!keys || !Array.isArray(old)) return undefined;
  const keysOf = (of: unknown) => JSON.stringify(keys.map((key) => (of as Record<string, unknown>)[key]));
  return old.find((candidate) => keysOf(candidate) === keysOf(item));
}

function* broken(schema: StructuralSchema, value: unknown, old: unknown, path: string): Generator<string> {
  if (value === null) return;
  for (const { rule, compiled } of rulesOf(schema)) {
    if (isTransition(rule) && old === undefined) continue;
    const at = `${path}${rule.fieldPath ?? ''}`.replace(/^\./, '') || 'it';
    if (compiled.error !== null) yield `${at}: the rule does not compile: ${compiled.error}`;
    else if (!holds(compiled, value, old ?? value)) yield `${at}: ${rule.message}`;
  }
  for (const [name, part, of, oldOf] of parts(schema, value, old)) yield* broken(part, of, oldOf, `${path}.${name}`);
}

function holds(rule: CompiledRule, value: unknown, old: unknown): boolean {
  try {
    return rule.holds(value, old);
  } catch {
    return false; // reads an absent field: to the API server that is a refusal as well
  }
}

function* mistaken(schema: StructuralSchema, path: string, canCompare: boolean): Generator<string> {
  for (const { rule, compiled } of rulesOf(schema)) {
    if (compiled.error !== null) yield `${path || '.'}: ${rule.rule}: ${compiled.error}`;
    else if (isTransition(rule) && !canCompare)
      yield `${path}: ${rule.rule}: there is no oldSelf in a list without keys`;
  }
  const { properties = {}, additionalProperties, items } = schema;
  for (const [name, part] of Object.entries(properties)) yield* mistaken(part, `${path}.${name}`, canCompare);
  if (items) yield* mistaken(items, `${path}[]`, canCompare && schema['x-kubernetes-list-type'] === 'map');
  if (typeof additionalProperties === 'object') yield* mistaken(additionalProperties, `${path}{}`, canCompare);
}

const isTransition = ({ rule }: ValidationRule): boolean => /\boldSelf\b/.test(rule);

type Rules = readonly { readonly rule: ValidationRule; readonly compiled: CompiledRule }[];

const compiledRules = new WeakMap<StructuralSchema, Rules>();

function rulesOf(schema: StructuralSchema): Rules {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  const known = compiledRules.get(schema) ?? compiled(schema, rules);
  compiledRules.set(schema, known);
  return known;
}

function compiled(schema: StructuralSchema, rules: readonly ValidationRule[]): Rules {
  const compile = compilerFor(schema);
  return rules.map((rule) => ({ rule, compiled: compile(rule.rule) }));
}
