import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';

/** A valid query of a schema, with the values of its variables. */
export interface RandomQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Values of a scalar or enum, as JSON; null for a type without values. */
export type ValuesOf = (type: string) => readonly unknown[] | null;

type Pick = <T>(values: readonly T[]) => T;

const MAX_FIELDS = 4;
const MAX_DEPTH = 5;

/** Random queries of a schema's fields, with aliases, fragments, constants and variables. */
export function queryOf(schema: GraphQLSchema, valuesOf: ValuesOf): fc.Arbitrary<RandomQuery> {
  return fc.gen().map((g) => {
    const pick: Pick = (values) => values[g(fc.nat, { max: values.length - 1 })]!;
    return new Maker(pick, valuesOf).query(schema.getQueryType()!);
  });
}

class Maker {
  readonly #pick: Pick;
  readonly #valuesOf: ValuesOf;
  readonly #declared: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: string[] = [];
  #names = 0;

  constructor(pick: Pick, valuesOf: ValuesOf) {
    this.#pick = pick;
    this.#valuesOf = valuesOf;
  }

  query(root: GraphQLObjectType): RandomQuery {
    const selection = this.#selection(root, 0);
    const declared = this.#declared.length === 0 ? '' : `query (${this.#declared.join(', ')}) `;
    return { query: `${declared}${selection} ${this.#fragments.join(' ')}`, variables: this.#variables };
  }

  #selection(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields()).filter(
      ({ type: of }) => depth < MAX_DEPTH || isLeafType(getNamedType(of)),
    );
    if (fields.length === 0) return '{ __typename }';
    const count = 1 + this.#pick([0, 1, 2, MAX_FIELDS - 1]);
    const texts = Array.from({ length: count }, () => {
      const { name, args, type: of } = this.#pick(fields);
      const named = getNamedType(of) as GraphQLObjectType;
      const text = `${this.#name()}: ${name}${this.#arguments(args)}${isLeafType(named) ? '' : ` ${this.#selection(named, depth + 1)}`}`;
      const written = this.#pick(['plain', 'plain', 'plain', 'inline', 'spread']);
      if (written === 'plain') return text;
      return written === 'inline' ? `... { ${text} }` : this.#fragment(type, text);
    });
    return `{ ${texts.join(' ')} }`;
  }

  #fragment(type: GraphQLObjectType, text: string): string {
    const name = this.#name();
    this.#fragments.push(`fragment ${name} on ${type.name} { ${text} }`);
    return `...${name}`;
  }

  #arguments(args: readonly GraphQLArgument[]): string {
    const given = args.filter(({ type }) => isNonNullType(type) || this.#pick([true, false]));
    const texts = given.flatMap((arg) => {
      const value = this.#value(arg.type);
      if (value === undefined) return [];
      return [`${arg.name}: ${this.#pick([true, false]) ? literal(value) : this.#variable(arg, value)}`];
    });
    return texts.length === 0 ? '' : `(${texts.join(', ')})`;
  }

  #variable({ type }: GraphQLArgument, value: unknown): string {
    const name = `$${this.#name()}`;
    this.#declared.push(`${name}: ${type}`);
    this.#variables[name.slice(1)] = JSON.parse(
      JSON.stringify(value, (_, inner) => (inner instanceof Enum ? inner.name : inner)),
    );
    return name;
  }

  /** @param depth of objects around it, some of which may hold others of their own type */
  #value(type: GraphQLInputType, depth = 0): unknown {
    if (isNonNullType(type)) return this.#value(type.ofType, depth);
    if (isListType(type)) return this.#pick([[1], [1, 2]]).map(() => this.#value(type.ofType, depth));
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const chosen = type.isOneOf
        ? [this.#pick(fields)]
        : fields.filter((field) => isNonNullType(field.type) || (depth < 4 && this.#pick([true, false, false])));
      const entries = chosen.map((field) => [field.name, this.#value(field.type, depth + 1)] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
    const values = this.#valuesOf(type.name);
    if (values === null) return undefined;
    const value = this.#pick(values);
    return 'getValues' in type ? new Enum(String(value)) : value;
  }

  #name(): string {
    return `n${this.#names++}`;
  }
}

class Enum {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A value in the syntax of a query. */
function literal(value: unknown): string {
  if (value instanceof Enum) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${literal(inner)}`)
    .join(', ')} }`;
}
