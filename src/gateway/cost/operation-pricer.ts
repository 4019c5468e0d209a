import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { fieldDefinition } from '../requests/fields.ts';
import type { FieldPrices, ListSize } from './field-prices.ts';
import { once, type Price, sum, times } from './price.ts';

/** The lengths of lists that are set by the field above them, by name. */
type Lengths = ReadonlyMap<string, Price>;

const NO_LENGTHS: Lengths = new Map();

/**
 * Computes the price of an operation of a valid document: the weight of each field, times the length of each list above it.
 * Conditions (`@skip`, `@include`) count as met, so nothing is answered that was not paid.
 */
export class OperationPricer {
  readonly #schema: GraphQLSchema;
  readonly #prices: FieldPrices;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By the lengths where a fragment is spread: on a page, it has as many items as the page. */
  readonly #spread = new Map<Lengths, Map<string, Price>>();

  constructor(schema: GraphQLSchema, prices: FieldPrices, document: DocumentNode) {
    this.#schema = schema;
    this.#prices = prices;
    const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  price({ operation, selectionSet }: OperationDefinitionNode): Price {
    return this.#all(selectionSet, this.#schema.getRootType(operation)!.name, NO_LENGTHS);
  }

  /** The price of a subscription's root field by itself. */
  root({ operation, selectionSet }: OperationDefinitionNode): number {
    const type = this.#schema.getRootType(operation)!.name;
    return this.#prices.of(this.#definition(type, this.#firstField(selectionSet))).weight;
  }

  #firstField({ selections: [first] }: SelectionSetNode): string {
    if (first!.kind === Kind.FIELD) return first!.name.value;
    const below = first!.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(first!.name.value)! : first!;
    return this.#firstField(below.selectionSet);
  }

  #all({ selections }: SelectionSetNode, type: string, lengths: Lengths): Price {
    return sum(selections.map((selection) => this.#one(selection, type, lengths)));
  }

  #one(selection: SelectionNode, type: string, lengths: Lengths): Price {
    if (selection.kind === Kind.FIELD) return this.#field(selection, type, lengths);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#fragment(selection.name.value, lengths);
    return this.#all(selection.selectionSet, selection.typeCondition?.name.value ?? type, lengths);
  }

  #field(node: FieldNode, type: string, lengths: Lengths): Price {
    const field = this.#definition(type, node.name.value);
    const { weight, size, sizedFields } = this.#prices.of(field);
    if (node.selectionSet === undefined) return weight;
    const lengthsBelow =
      sizedFields.size === 0 ? NO_LENGTHS : mapValues(sizedFields, (of) => lengthOf(of, field, node));
    const below = this.#all(node.selectionSet, getNamedType(field.type).name, lengthsBelow);
    const length = lengths.get(field.name) ?? (size === null ? 1 : lengthOf(size, field, node));
    return sum([weight, times(length, below)]);
  }

  /** Each fragment is priced once, however often it is spread. */
  #fragment(name: string, lengths: Lengths): Price {
    const known = this.#spread.get(lengths) ?? new Map<string, Price>();
    this.#spread.set(lengths, known);
    const { selectionSet, typeCondition } = this.#fragments.get(name)!;
    const price = known.get(name) ?? once(this.#all(selectionSet, typeCondition.name.value, lengths));
    known.set(name, price);
    return price;
  }

  #definition(type: string, name: string): GraphQLField<unknown, unknown> {
    return fieldDefinition(this.#schema.getType(type)!, name);
  }
}

function mapValues<K, A, B>(map: ReadonlyMap<K, A>, change: (value: A) => B): Map<K, B> {
  return new Map(Array.from(map, ([key, value]) => [key, change(value)]));
}

/** How many items a list counts for: the largest value of its arguments, or the assumed size. */
function lengthOf(
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

/** A list counts as its length. Numbers below 0 are refused elsewhere. */
function longest(values: readonly unknown[], assumedSize: number): number {
  const numbers = values
    .map((value) => (Array.isArray(value) ? value.length : value))
    .filter((value) => typeof value === 'number');
  return numbers.length === 0 ? assumedSize : Math.max(0, ...numbers);
}
