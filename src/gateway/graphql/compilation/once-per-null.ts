import {
  type FieldNode,
  type GraphQLError,
  type GraphQLList,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Fragments } from '../../requests/field-counter.ts';
import { fieldDefinition } from '../../requests/field-definition.ts';

type Path = readonly (string | number)[];

/**
 * Leaves out errors that only tell once more why something is null: where a list is null since an item of it failed,
 * graphql-js does not tell of the other items, and compiled code does.
 */
export class OncePerNull {
  readonly #root: GraphQLObjectType;
  readonly #selectionSet: SelectionSetNode;
  readonly #fragments: Fragments;

  constructor(schema: GraphQLSchema, { operation, selectionSet }: OperationDefinitionNode, fragments: Fragments) {
    this.#root = schema.getRootType(operation)!;
    this.#selectionSet = selectionSet;
    this.#fragments = fragments;
  }

  filter(errors: readonly GraphQLError[]): readonly GraphQLError[] {
    if (errors.length === 1) return errors;
    const told = new Set<string>();
    return errors.filter(({ path = [] }) => {
      const place = path.slice(0, this.#lengthOfNull(path)).join('.');
      return !told.has(place) && told.add(place);
    });
  }

  /** How much of a path leads to what is null for an error there: a required value takes what holds it along. */
  #lengthOfNull(path: Path): number {
    let type: GraphQLOutputType = this.#root;
    let sets: readonly SelectionSetNode[] = [this.#selectionSet];
    let length = 0;
    for (const [i, key] of path.entries()) {
      const parent: GraphQLOutputType = getNullableType(type);
      if (typeof key === 'number') {
        type = (parent as GraphQLList<GraphQLOutputType>).ofType;
      } else {
        const nodes = sets.flatMap((set) => this.#fields(set, key));
        type = fieldDefinition(parent as GraphQLNamedType, nodes[0]!.name.value).type;
        sets = nodes.flatMap(({ selectionSet = [] }) => selectionSet);
      }
      if (!isNonNullType(type)) length = i + 1;
    }
    return length;
  }

  /** The fields that are answered under a name. */
  #fields({ selections }: SelectionSetNode, key: string): FieldNode[] {
    return selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) return (node.alias ?? node.name).value === key ? [node] : [];
      const { selectionSet } = node.kind === Kind.INLINE_FRAGMENT ? node : this.#fragments[node.name.value]!;
      return this.#fields(selectionSet, key);
    });
  }
}
