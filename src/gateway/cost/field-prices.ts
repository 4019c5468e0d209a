import { type GraphQLField, type GraphQLSchema, getDirectiveValues, getNullableType, isListType } from 'graphql';
import { introspectionSizes } from './introspection-sizes.ts';

/** How many items a list counts for: what an argument says, else what is assumed. */
export interface ListSize {
  readonly slicingArguments: readonly string[];
  readonly assumedSize: number;
}

/** The price of a field by itself, and what it does to the price of what is below it. */
export interface FieldPrice {
  readonly weight: number;
  /** Of a list; null for anything else. */
  readonly size: ListSize | null;
  /** The fields below it that are lists of so many items. */
  readonly sizedFields: ReadonlyMap<string, ListSize>;
}

type Field = GraphQLField<unknown, unknown>;

const NO_FIELDS: ReadonlyMap<string, ListSize> = new Map();

/** Reads what the schema says of prices: the directives of `schema/cost.graphql`. */
export class FieldPrices {
  readonly #schema: GraphQLSchema;
  readonly #introspection: ReadonlyMap<string, number>;
  readonly #known = new Map<Field, FieldPrice>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#introspection = introspectionSizes(schema);
  }

  of(field: Field): FieldPrice {
    const known = this.#known.get(field) ?? this.#read(field);
    this.#known.set(field, known);
    return known;
  }

  #read(field: Field): FieldPrice {
    const weight = Number(this.#directive('cost', field)?.weight ?? 1);
    const list = this.#directive('listSize', field);
    const size: ListSize = {
      slicingArguments: (list?.slicingArguments ?? []) as readonly string[],
      assumedSize: Number(list?.assumedSize ?? this.#introspection.get(field.name) ?? 1),
    };
    const sizedFields = list?.sizedFields as readonly string[] | undefined;
    if (sizedFields !== undefined) {
      return { weight, size: null, sizedFields: new Map(sizedFields.map((name) => [name, size])) };
    }
    return { weight, size: isListType(getNullableType(field.type)) ? size : null, sizedFields: NO_FIELDS };
  }

  #directive(name: string, { astNode }: Field): Readonly<Record<string, unknown>> | undefined {
    const directive = this.#schema.getDirective(name);
    return directive == null || astNode == null ? undefined : getDirectiveValues(directive, astNode);
  }
}
