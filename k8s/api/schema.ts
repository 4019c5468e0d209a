import { type Static, type TObject, type TProperties, type TSchema, type TUnsafe, Type } from 'typebox';

/**
 * A rule in CEL that the API server checks objects against (x-kubernetes-validations). `self` is the value at which the rule is
 * declared. A rule that names `oldSelf` is checked only when something changes.
 */
interface Rule {
  readonly rule: string;
  readonly message: string;
  /** The field at fault, if it is not the whole value. */
  readonly fieldPath?: string;
}

interface FieldOptions<Value> {
  /**
   * The value that the API server fills in for a missing field. So the type always has the field, and the CRD does not require
   * it.
   */
  readonly default?: Value;
  readonly rules?: readonly Rule[];
}

const withRules = <Value>({ rules, ...options }: FieldOptions<Value>) => ({
  ...options,
  ...(rules && { 'x-kubernetes-validations': rules }),
});

/** A string of limited length. */
export const text = (
  description: string,
  {
    maxLength,
    ...options
  }: FieldOptions<string> & { maxLength: number; minLength?: number; pattern?: string; format?: string },
) => Type.String({ description, maxLength, ...withRules(options) });

/** One of several names. */
export const choice = <const Name extends string>(
  description: string,
  names: readonly Name[],
  options: FieldOptions<NoInfer<Name>> = {},
): TUnsafe<Name> => Type.Unsafe<Name>({ type: 'string', description, enum: names, ...withRules(options) });

/** A whole number of up to 53 bits. */
export const integer = (
  description: string,
  options: FieldOptions<number> & { minimum: number; maximum: number },
): TUnsafe<number> => Type.Unsafe<number>({ type: 'integer', format: 'int64', description, ...withRules(options) });

export const flag = (description: string, options: FieldOptions<boolean> = {}) =>
  Type.Boolean({ description, ...withRules(options) });

/** A time in RFC 3339. */
export const time = (description: string): TUnsafe<string> =>
  Type.Unsafe<string>({ type: 'string', format: 'date-time', description });

/** A quantity as Kubernetes writes it: 2, "500m", "8Gi". */
export const quantity = (description: string): TUnsafe<string | number> =>
  Type.Unsafe<string | number>({
    description,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern: QUANTITY,
    maxLength: 32,
    'x-kubernetes-int-or-string': true,
  });

const QUANTITY = '^[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$';

/** A number of bytes that rules can compare: a string, for example "800Gi". */
export const size = (description: string, options: FieldOptions<string> = {}) =>
  text(description, { maxLength: 32, pattern: QUANTITY, ...options });

export const object = <Properties extends TProperties>(
  description: string,
  properties: Properties,
  options: FieldOptions<object> & { readonly mapType?: 'atomic' } = {},
) => {
  const { mapType, ...common } = options;
  return Type.Object(properties, {
    description,
    ...withRules(common),
    ...(mapType && { 'x-kubernetes-map-type': mapType }),
  });
};

/** A list of limited length. With `keys`, its items are identified by these fields, so that several writers can each own some. */
export const list = <Item extends TSchema>(
  description: string,
  items: Item,
  options: FieldOptions<readonly unknown[]> & {
    readonly maxItems: number;
    readonly minItems?: number;
    readonly keys?: readonly (keyof Static<Item> & string)[];
  },
) => {
  const { keys, ...common } = options;
  return Type.Array(items, {
    description,
    ...withRules(common),
    'x-kubernetes-list-type': keys ? 'map' : 'atomic',
    ...(keys && { 'x-kubernetes-list-map-keys': keys }),
  });
};

/** Strings under names that the user chooses, such as labels. */
export const labels = (description: string, maxProperties = 64): TUnsafe<Record<string, string>> =>
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    description,
    maxProperties,
    additionalProperties: { type: 'string', maxLength: 4096 },
  });

/**
 * An object whose fields are described by another schema, which is not repeated here; `known` are the fields that our code reads.
 */
export const foreign = <Properties extends TProperties = Record<never, never>>(
  description: string,
  known?: Properties,
) =>
  Type.Unsafe<Static<TObject<Properties>> & Record<string, unknown>>({
    ...Type.Object(known ?? {}),
    description,
    'x-kubernetes-preserve-unknown-fields': true,
  });

/** A field that may be missing. */
export const optional = Type.Optional;

/**
 * The schema in the form that a CRD needs: a field with a default is not required. The API server checks a default against the
 * rules before it fills in the defaults of the fields, so where there are rules, these defaults are written into it.
 */
export function structural(schema: TSchema): Record<string, unknown> {
  return structuralOf(JSON.parse(JSON.stringify(schema)));
}

interface JsonSchema extends Record<string, unknown> {
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  default?: unknown;
}

function structuralOf({ properties, required, items, ...rest }: JsonSchema): JsonSchema {
  const needed = required?.filter((name) => properties?.[name]?.default === undefined) ?? [];
  const isRuled = rest.default !== undefined && rest['x-kubernetes-validations'] !== undefined;
  return {
    ...rest,
    ...(isRuled && { default: filled({ ...rest, ...(properties && { properties }) }, rest.default) }),
    ...(needed.length > 0 && { required: needed }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, structuralOf(of)])),
    }),
    ...(items && { items: structuralOf(items) }),
  };
}

/** A value with the defaults of its missing fields. */
function filled({ properties }: JsonSchema, value: unknown): unknown {
  if (properties === undefined) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const fields = Object.entries(properties).flatMap(([name, of]) => {
    const field = given[name] ?? of.default;
    return field === undefined ? [] : [[name, filled(of, field)]];
  });
  return Object.fromEntries(fields);
}
