import {
  coerceInputValue,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { describeType, givenAs } from './input-shape.ts';

/** The advice for the first mistake in some variables; null if GraphQL's message says it all. */
export function adviceForVariables(
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

/** Ends at the first one: each of thousands would be told with all of what was sent. */
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

/** GraphQL names the type that is meant in its message alone. */
const MEANT =
  /^Expected type "(\w+)" to be an object\.$|is not defined by type "(\w+)"|^Exactly one key must be specified for OneOf type "(\w+)"|"(\w+)" enum\.|^Enum "(\w+)" cannot/;

function adviceForValue(schema: GraphQLSchema, { value, message }: Mistake): string | null {
  const name = MEANT.exec(message)
    ?.slice(1)
    .find((part) => part !== undefined);
  const values = Array.isArray(value) ? value : [value];
  const type = name === undefined ? undefined : schema.getType(name);
  return describeType(type, values.slice(0, MOST_SHOWN).filter(isScalar).map(givenAs), (member) =>
    JSON.stringify(member),
  );
}

/** The two ends of a range. */
const MOST_SHOWN = 2;

function isScalar(value: unknown): boolean {
  return typeof value !== 'object';
}
