import {
  type GraphQLField,
  type GraphQLSchema,
  getDirectiveValues,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql';

/** How many items a list counts for: the value of an argument, else the assumed size. */
export interface ListSize {
  readonly slicingArguments: readonly string[];
  readonly assumedSize: number;
}

/** The price of a field by itself, and how it multiplies the price of the fields below it. */
interface FieldPrice {
  readonly weight: number;
  /** Of a list; null for anything else. */
  readonly size: ListSize | null;
  /** The fields below it that are lists of so many items. */
  readonly sizedFields: ReadonlyMap<string, ListSize>;
}

type Field = GraphQLField<unknown, unknown>;

const NO_FIELDS: ReadonlyMap<string, ListSize> = new Map();

/** Reads the prices in the schema: the directives of `schema/cost.graphql`. */
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

/**
 * The lengths of the lists in introspection, by field name: the whole schema's, or the average of its types, rounded up. So a
 * query of the whole schema costs a little more than the size of its answer.
 */
function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const fields = types.filter(isObjectType).map((type) => Object.values(type.getFields()));
  return new Map([
    ['types', types.length],
    ['directives', schema.getDirectives().length],
    ['fields', average(fields)],
    ['args', average(fields.flat().map(({ args }) => args))],
    ['enumValues', average(types.filter(isEnumType).map((type) => type.getValues()))],
    ['inputFields', average(types.filter(isInputObjectType).map((type) => Object.values(type.getFields())))],
  ]);
}

function average(lists: readonly (readonly unknown[])[]): number {
  return Math.ceil(lists.flat().length / Math.max(1, lists.length));
}
