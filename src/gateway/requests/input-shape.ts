import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import { adviceForWord } from './foreign-words.ts';

/** A value that a client gave where an input object is needed. */
export interface GivenValue {
  /** As the client wrote it, or a stand-in if it is long. */
  readonly text: string;
  /** Whether a scalar or an enum takes it. */
  fits(type: GraphQLLeafType): boolean;
}

/** How a client writes the name of an object's member: as in a query, or as in JSON. */
export type NameStyle = (name: string) => string;

/** What a value of a type looks like, for those types whose parts GraphQL does not name. */
export function describeType(type: unknown, given: readonly GivenValue[], style: NameStyle): string | null {
  if (isInputObjectType(type)) return describeShape(type, given, style);
  if (!isEnumType(type)) return null;
  return `"${type.name}" is one of ${type
    .getValues()
    .map(({ name }) => name)
    .join(', ')}.`;
}

/** What to write instead of a member that an input object does not have, and its members. */
export function adviceForMember(type: unknown, name: string): string | null {
  if (!isInputObjectType(type)) return null;
  const place = adviceForWord(type, name) ?? holdersOf(type, name);
  return [...(place === null ? [] : [place]), describeShape(type, [], (member) => member)].join(' ');
}

/** Names the members that are objects with such a member; null if there are none. */
function holdersOf(type: GraphQLInputObjectType, name: string): string | null {
  const holds = ({ type: inner }: GraphQLInputField) => {
    const named = getNamedType(inner);
    return isInputObjectType(named) && named !== type && named.getFields()[name] !== undefined;
  };
  const holders = Object.values(type.getFields()).filter(holds);
  return holders.length === 0 ? null : `It is a member of ${listed(holders.map((one) => `"${one.name}"`))}.`;
}

/**
 * How to write a value of one of GraphQL's own scalars that was given as a list of it, or as a text; null for other mistakes. The
 * scalars of the schema say such things themselves.
 */
export function describeScalar(type: unknown, value: unknown): string | null {
  if (!isScalarType(type) || !isSpecifiedScalarType(type)) return null;
  if (Array.isArray(value)) {
    const [first] = value;
    return isAccepted(first, type) ? `Give one value, not a list: write ${givenAs(first).text}.` : null;
  }
  const bare = typeof value === 'string' && UNQUOTED.test(value) ? JSON.parse(value) : undefined;
  return isAccepted(bare, type) ? `Give it without quotes: write ${value}.` : null;
}

/**
 * Describes the fields of an input object, with an example that contains the given value.
 * @param given the members of a given list, or the one given value
 */
function describeShape(type: GraphQLInputObjectType, given: readonly GivenValue[], style: NameStyle): string {
  const fields = Object.values(type.getFields());
  const members = fields.map((field) => `${field.name}: ${field.type}`).join(', ');
  const shape = `"${type.name}" is an object with ${type.isOneOf ? 'exactly one of ' : ''}${members}`;
  const example = given.length === 0 ? null : exampleOf(type, given, style);
  return example === null ? `${shape}.` : `${shape}: write ${example}.`;
}

/**
 * An object with the given value in the first member that accepts it; in both members of a range. Members that are objects
 * come last, and none within an object of its own type.
 */
function exampleOf(
  type: GraphQLInputObjectType,
  given: readonly GivenValue[],
  style: NameStyle,
  outer: readonly GraphQLInputObjectType[] = [],
): string | null {
  const isObject = (field: GraphQLInputField) => Number(isInputObjectType(getNamedType(field.type)));
  const fields = Object.values(type.getFields()).sort((a, b) => isObject(a) - isObject(b));
  const types = [...outer, type];
  const written = (field: GraphQLInputField, value: readonly GivenValue[]) => {
    const text = writtenAs(field.type, value, style, types);
    return text === null ? null : `${style(field.name)}: ${text}`;
  };
  if (isRange(type)) {
    const ends = fields.map((field, i) => written(field, [given[i] ?? given.at(-1)!]));
    return ends.includes(null) ? null : `{ ${ends.join(', ')} }`;
  }
  for (const field of fields) {
    const text = written(field, given);
    if (text !== null) return `{ ${text} }`;
  }
  return null;
}

function writtenAs(
  type: GraphQLInputType,
  given: readonly GivenValue[],
  style: NameStyle,
  outer: readonly GraphQLInputObjectType[],
): string | null {
  const named = getNamedType(type);
  if (isInputObjectType(named) && outer.includes(named)) return null;
  const value = isInputObjectType(named) ? exampleOf(named, given, style, outer) : leafOf(named, given[0]!);
  return value !== null && isListType(getNullableType(type)) ? `[${value}]` : value;
}

function leafOf(type: GraphQLLeafType, given: GivenValue): string | null {
  return given.fits(type) ? given.text : null;
}

/** Whether its members are `from` and `to`. */
function isRange(type: GraphQLInputObjectType): boolean {
  return Object.keys(type.getFields()).join() === 'from,to';
}

/** Longer values are not repeated. */
const MAX_VALUE = 80;

/** A value of JSON, as it was given. */
export function givenAs(value: unknown): GivenValue {
  const text = JSON.stringify(value);
  return {
    text: typeof value === 'string' && text.length > MAX_VALUE ? '"..."' : shortened(text),
    fits: (type) => isAccepted(value, type),
  };
}

/** A whole number or a boolean of JSON. */
const UNQUOTED = /^(?:-?(?:0|[1-9]\d{0,14})|true|false)$/;

function isAccepted(value: unknown, type: GraphQLLeafType): boolean {
  try {
    return type.parseValue(value) !== undefined;
  } catch {
    return false;
  }
}

/** A text, or a stand-in if it is long. */
export function shortened(text: string): string {
  return text.length > MAX_VALUE ? '...' : text;
}

/** Names as a sentence lists them. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
