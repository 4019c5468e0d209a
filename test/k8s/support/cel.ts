import { isDeepStrictEqual } from 'node:util';
import { Environment, type TypeDeclaration } from '@marcbachmann/cel-js';
import type { StructuralSchema } from './crds.ts';
import { compareQuantities, isQuantity } from './quantities.ts';

/** A quantity of Kubernetes, as rules compare them. */
class Quantity {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const compared = (a: Quantity, b: Quantity): number => compareQuantities(a.text, b.text);

/** The dialect of Kubernetes, as far as this project's rules use it; whatever else a rule uses does not compile. */
const DIALECT = new Environment({ unlistedVariablesAreDyn: false, enableOptionalTypes: true })
  .registerType('Quantity', { ctor: Quantity, fields: {} })
  .registerFunction('isQuantity(string): bool', isQuantity)
  .registerFunction('quantity(string): Quantity', (text: string) => new Quantity(text))
  .registerFunction('Quantity.compareTo(Quantity): int', (a: Quantity, b: Quantity) => BigInt(compared(a, b)))
  .registerFunction('Quantity.isGreaterThan(Quantity): bool', (a: Quantity, b: Quantity) => compared(a, b) > 0)
  .registerFunction('Quantity.isLessThan(Quantity): bool', (a: Quantity, b: Quantity) => compared(a, b) < 0)
  // `has` in which the field must be one of the schema: Kubernetes demands it, the library does not.
  .registerFunction('defined(ast): bool', ({ args }: { args: unknown[] }) => ({
    typeCheck(checker: Checker, _macro: unknown, context: unknown) {
      checker.check(args[0], context);
      return checker.getType('bool');
    },
    evaluate: () => true,
  }));

interface Checker {
  check(node: unknown, context: unknown): TypeDeclaration;
  getType(name: string): TypeDeclaration;
}

/** A rule that stands at one place of a schema. */
export interface CompiledRule {
  /** What is wrong with the rule itself; null if it can be asked. */
  readonly error: string | null;
  /** @throws Error if the rule cannot be evaluated, as with an absent field that it reads. */
  holds(self: unknown, oldSelf: unknown): boolean;
}

/** Compiles rules that stand at a schema, with the types of its fields. */
export function compilerFor(schema: StructuralSchema): (rule: string) => CompiledRule {
  const environment = DIALECT.clone();
  const { type, convert } = declare(environment, schema, 'Self');
  environment.registerVariable('self', type).registerVariable('oldSelf', type);
  return (rule) => ({
    error: mistakeIn(environment, rule),
    holds: (self, oldSelf) => environment.evaluate(rule, { self: convert(self), oldSelf: convert(oldSelf) }) === true,
  });
}

function mistakeIn(environment: Environment, rule: string): string | null {
  const strict = environment.check(rule.replaceAll(/\bhas\(/g, 'defined('));
  const { valid, error, type } = strict.valid ? environment.check(rule) : strict;
  if (!valid) return error!.message.split('\n')[0]!;
  return type === 'bool' ? null : `a rule is a bool, this is a ${type}`;
}

/** How CEL has the values of a schema. */
interface CelType {
  readonly type: string;
  /** From JSON. */
  convert(value: unknown): unknown;
}

const same = (value: unknown) => value;

/** Declares the types of a schema's fields. */
function declare(environment: Environment, schema: StructuralSchema, name: string): CelType {
  const { type, properties, items, format } = schema;
  if (isOpen(schema)) return { type: 'dyn', convert: untyped };
  switch (type) {
    case 'string':
      if (format !== 'date-time') return { type: 'string', convert: same };
      return { type: 'google.protobuf.Timestamp', convert: (value) => new Date(value as string) };
    case 'integer':
      return { type: 'int', convert: untyped };
    case 'number':
      return { type: 'double', convert: same };
    case 'boolean':
      return { type: 'bool', convert: same };
    case 'array': {
      const item = declare(environment, items!, `${name}_item`);
      return { type: `list<${item.type}>`, convert: (value) => (value as unknown[]).map(item.convert) };
    }
    default:
      return properties ? declareFields(environment, properties, name) : { type: 'map<string, dyn>', convert: untyped };
  }
}

function declareFields(
  environment: Environment,
  properties: Readonly<Record<string, StructuralSchema>>,
  name: string,
): CelType {
  const entries = Object.entries(properties);
  const types = new Map(entries.map(([field, of]) => [field, declare(environment, of, `${name}_${field}`)]));
  class Fields {
    constructor(values: object) {
      for (const [field, value] of Object.entries(values)) {
        Object.assign(this, { [field]: types.get(field)!.convert(value) });
      }
    }
  }
  const fields = Object.fromEntries([...types].map(([field, { type }]) => [field, type]));
  environment.registerType(name, { ctor: Fields, fields });
  environment.registerOperator(`${name} == ${name}`, isDeepStrictEqual);
  return { type: name, convert: (value) => new Fields(value as object) };
}

function isOpen(schema: StructuralSchema): boolean {
  return (
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['x-kubernetes-embedded-resource'] === true
  );
}

/** Whole numbers are a type of their own. */
function untyped(value: unknown): unknown {
  if (Number.isInteger(value)) return BigInt(value as number);
  if (Array.isArray(value)) return value.map(untyped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, untyped(of)]));
}
