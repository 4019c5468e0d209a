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
import { type Fragments, fieldDefinition } from '../../requests/fields.ts';

type Path = readonly (string | number)[];

/**
 * Drops errors that only repeat why something is null. If a list is null because an item failed, graphql-js does not report the
 * other items, and compiled code does.
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
    const reported = new Set<string>();
    return errors.filter(({ path = [] }) => {
      const place = path.slice(0, this.#lengthOfNull(path)).join('.');
      return !reported.has(place) && reported.add(place);
    });
  }

  /**
   * Length of the part of a path that leads to what becomes null for an error there: a required value makes its parent null
   * too.
   */
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
