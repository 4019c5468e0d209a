import { type FieldNode, type GraphQLField, Kind, valueFromASTUntyped } from 'graphql';
import type { ListSize } from './field-prices.ts';
import type { Price } from './price.ts';

/** How many items a list counts for: the largest of what its arguments say, or what is assumed. */
export function lengthOf(
  { slicingArguments, assumedSize }: ListSize,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): Price {
  const given = slicingArguments.map((name) => argumentOf(name, field, node));
  if (!given.some((value) => typeof value === 'function')) return longest(given as unknown[], assumedSize);
  return ({ variables }) =>
    longest(
      given.map((value) => (typeof value === 'function' ? value(variables) : value)),
      assumedSize,
    );
}

type Value = unknown | ((variables: Readonly<Record<string, unknown>>) => unknown);

function argumentOf(name: string, field: GraphQLField<unknown, unknown>, node: FieldNode): Value {
  const fallback = field.args.find((argument) => argument.name === name)?.defaultValue;
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value === undefined) return fallback;
  if (value.kind !== Kind.VARIABLE) return valueFromASTUntyped(value);
  const variable = value.name.value;
  return (variables: Readonly<Record<string, unknown>>) => variables[variable] ?? fallback;
}

/** Numbers below 0 are refused elsewhere. */
function longest(values: readonly unknown[], assumedSize: number): number {
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === 0 ? assumedSize : Math.max(0, ...numbers);
}
