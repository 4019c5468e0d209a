import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';
import { adviceForVariables } from './variable-advice.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** The most characters of one error: GraphQL repeats the whole value that was sent. */
const MAX_MESSAGE = 500;

/** The variables of an operation after coercion, or why they do not fit. */
export type CoercedVariables =
  | { readonly coerced: Variables; readonly error: null }
  | { readonly coerced: null; readonly error: GraphQLError };

/** Stops at the first error: each of thousands would repeat the whole value that was sent. */
export function coerceVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
): CoercedVariables {
  try {
    const { coerced, errors } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 });
    if (errors === undefined) return { coerced, error: null };
    const advice = adviceForVariables(schema, variableDefinitions, variables);
    return { coerced: null, error: badInput(errors[0]!, advice) };
  } catch (error) {
    if (error instanceof RangeError) return { coerced: null, error: badInput(new GraphQLError(TOO_DEEP)) };
    throw error;
  }
}

const TOO_DEEP = 'The lists or objects in the variables are nested more deeply than any argument allows.';

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
