import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  coerceInputValue,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getVariableValues,
  isInputType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { adviceForMember, describeScalar, describeType, givenAs } from './input-shape.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** The most characters of one error: GraphQL repeats the whole value that was sent. */
const MAX_MESSAGE = 500;

/** The variables of an operation after coercion, or why they do not fit. */
type CoercedVariables =
  | { readonly coerced: Variables; readonly error: null }
  | { readonly coerced: null; readonly error: GraphQLError };

/** Stops at the first error: each of thousands would repeat the whole value that was sent. */
export function coerceVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
): CoercedVariables {
  const excess = new ValuesSeen().excessOf(variables);
  if (excess !== null) return { coerced: null, error: badInput(new GraphQLError(excess)) };
  const { coerced, errors } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 });
  if (errors === undefined) return { coerced, error: null };
  const advice = adviceForVariables(schema, variableDefinitions, variables);
  return { coerced: null, error: badInput(errors[0]!, advice) };
}

/** Lists and objects in each other. No argument needs as many, and what is written for each level does not exhaust the stack. */
const MAX_DEPTH = 50;
/** A filter may have 32 conditions on 1,000 values each. An empty object takes two characters, but all fields of its type are looked for. */
const MAX_OBJECTS = 40_000;

/** What was seen of some variables. */
class ValuesSeen {
  #objects = 0;

  /** What is too large, or null. It stops there. */
  excessOf(value: unknown, depth = 0): string | null {
    if (typeof value !== 'object' || value === null) return null;
    if (depth > MAX_DEPTH) return `The lists or objects in the variables are nested more than ${MAX_DEPTH} deep.`;
    const isList = Array.isArray(value);
    if (!isList) this.#objects += 1;
    if (this.#objects > MAX_OBJECTS) return `The variables have more than ${MAX_OBJECTS} objects: send less at once.`;
    for (const inner of isList ? value : Object.values(value)) {
      const excess = this.excessOf(inner, depth + 1);
      if (excess !== null) return excess;
    }
    return null;
  }
}

/** The variables that an operation declares. Others have no meaning and are not kept. */
export function declaredVariables({ variableDefinitions = [] }: OperationDefinitionNode, sent: Variables): Variables {
  const names = variableDefinitions.map(({ variable }) => variable.name.value);
  return Object.fromEntries(names.filter((name) => Object.hasOwn(sent, name)).map((name) => [name, sent[name]]));
}

function badInput({ message, nodes }: GraphQLError, advice: string | null = null): GraphQLError {
  const shown = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message;
  return new GraphQLError(advice === null ? shown : `${shown} ${advice}`, {
    nodes: nodes ?? null,
    extensions: { code: ApolloServerErrorCode.BAD_USER_INPUT },
  });
}

/** The advice for the first mistake in some variables; null if GraphQL's message says it all. */
function adviceForVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
): string | null {
  for (const definition of definitions) {
    const type = typeFromAST(schema, definition.type as Parameters<typeof typeFromAST>[1]);
    const mistake = isInputType(type) ? firstMistake(variables[definition.variable.name.value], type) : null;
    if (mistake !== null) return adviceForValue(schema, mistake);
  }
  return null;
}

interface Mistake {
  readonly value: unknown;
  readonly message: string;
}

/** Stops at the first error: each of thousands would repeat the whole value that was sent. */
function firstMistake(value: unknown, type: GraphQLInputType): Mistake | null {
  let first: Mistake | null = null;
  try {
    coerceInputValue(value, type, (_, invalid, error) => {
      first = { value: invalid, message: error.message };
      throw error;
    });
  } catch {
    return first;
  }
  return null;
}

/** GraphQL names the expected type only in its message. */
const MEANT =
  /^Expected type "(\w+)" to be an object\.$|^Exactly one key must be specified for OneOf type "(\w+)"|"(\w+)" enum\.|^Enum "(\w+)" cannot|^(Int|Float|String|Boolean) cannot/;

const UNKNOWN_MEMBER = /^Field "(\w+)" is not defined by type "(\w+)"/;

function adviceForValue(schema: GraphQLSchema, { value, message }: Mistake): string | null {
  const [, member, owner] = UNKNOWN_MEMBER.exec(message) ?? [];
  if (member !== undefined) return adviceForMember(schema.getType(owner!), member);
  const name = MEANT.exec(message)
    ?.slice(1)
    .find((part) => part !== undefined);
  const values = Array.isArray(value) ? value : [value];
  const type = name === undefined ? undefined : schema.getType(name);
  const given = values.slice(0, MOST_SHOWN).filter(isScalar).map(givenAs);
  return describeScalar(type, value) ?? describeType(type, given, (member) => JSON.stringify(member));
}

/** The two ends of a range. */
const MOST_SHOWN = 2;

function isScalar(value: unknown): boolean {
  return typeof value !== 'object';
}
