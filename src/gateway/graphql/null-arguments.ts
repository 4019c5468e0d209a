import {
  defaultFieldResolver,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type ValueNode,
} from 'graphql';
import { BitqlError } from '../../errors.ts';
import type { Variables } from '../requests/variables.ts';

/**
 * Arguments for which null means "not given": clients send it for the first page of a list and before the first event, and a
 * block or a wallet is asked for by one of two arguments.
 */
const SAME_AS_NOTHING: ReadonlySet<string> = new Set([
  ...['first', 'after', 'last', 'before'],
  ...['hash', 'height'],
  ...['descriptor', 'xpub'],
]);

/**
 * Refuses null in all other arguments, and anywhere within them: it comes from a value that a client failed to set, and would
 * be answered with everything, as if there were no condition. Within a condition, a variable that was not given is refused too.
 */
export function refuseNulls(schema: GraphQLSchema): void {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !isIntrospectionType(type));
  for (const field of types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()))) {
    const strict = field.args.filter((argument) => !SAME_AS_NOTHING.has(argument.name) && mayHoldNull(argument.type));
    if (strict.length > 0) guard(field, strict);
  }
}

/** The arguments of a subscription are checked when it begins. */
function guard(field: GraphQLField<unknown, unknown>, strict: readonly GraphQLArgument[]): void {
  const name = field.subscribe === undefined ? 'resolve' : 'subscribe';
  const answer = field[name] ?? defaultFieldResolver;
  field[name] = (source, args, context, info) => {
    for (const argument of strict) requireNoNull(argument, args, info);
    return answer(source, args, context, info);
  };
}

/** @throws BAD_QUERY */
function requireNoNull({ name, type }: GraphQLArgument, args: Variables, info: GraphQLResolveInfo): void {
  const place = placeOfNull(args[name], type);
  if (place !== null) {
    const shown = [name, ...place].join('.');
    throw new BitqlError('BAD_QUERY', `\`${shown}\` is null: give a value, or leave it out.`);
  }
  const node = info.fieldNodes[0]!.arguments?.find((argument) => argument.name.value === name)?.value;
  const unset = node === undefined ? null : unsetVariable(node, name, info.variableValues);
  if (unset === null) return;
  throw new BitqlError(
    'BAD_QUERY',
    `\`${unset.place}\` has no value, because the variable \`$${unset.variable}\` was not given: give it, or leave the condition out.`,
  );
}

type NullPlace = readonly (string | number)[];

/** The names and indexes that lead to null in a value, undefined for no value at all; null if it stands nowhere. */
function placeOfNull(value: unknown, type: GraphQLInputType): NullPlace | null {
  if (value === undefined) return null;
  if (value === null) return [];
  const nullable = getNullableType(type);
  if (!isInputObjectType(getNamedType(type))) return null;
  if (isListType(nullable)) return placeWithin((value as unknown[]).entries(), () => nullable.ofType);
  if (!isInputObjectType(nullable)) return null;
  const fields = nullable.getFields();
  return placeWithin(Object.entries(value), (name) => fields[name]!.type);
}

/** Looks only at what is there: a list may have many objects, and their types many fields. */
function placeWithin<K extends string | number>(
  members: Iterable<readonly [K, unknown]>,
  typeOf: (name: K) => GraphQLInputType,
): NullPlace | null {
  for (const [name, value] of members) {
    const place = placeOfNull(value, typeOf(name));
    if (place !== null) return [name, ...place];
  }
  return null;
}

interface Unset {
  readonly place: string;
  readonly variable: string;
}

/**
 * A variable within a condition that has no value, which GraphQL takes for no condition. An argument without a value is
 * intended.
 */
function unsetVariable(node: ValueNode, place: string, variables: Variables): Unset | null {
  if (node.kind === Kind.LIST)
    return first(node.values.map((value, i) => () => unsetVariable(value, `${place}.${i}`, variables)));
  if (node.kind !== Kind.OBJECT) return null;
  return first(
    node.fields.map(({ name, value }) => () => {
      const below = `${place}.${name.value}`;
      if (value.kind !== Kind.VARIABLE) return unsetVariable(value, below, variables);
      const variable = value.name.value;
      return Object.hasOwn(variables, variable) ? null : { place: below, variable };
    }),
  );
}

/** The result of the first finder that finds something. */
function first<T>(finders: readonly (() => T | null)[]): T | null {
  for (const find of finders) {
    const found = find();
    if (found !== null) return found;
  }
  return null;
}

/** Required scalars need no check. */
function mayHoldNull(type: GraphQLInputType): boolean {
  return !isNonNullType(type) || isInputObjectType(getNamedType(type));
}
