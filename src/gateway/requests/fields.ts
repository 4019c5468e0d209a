import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';

/** By name. */
export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** Counts the fields of selections, with each fragment counted wherever it is spread. Each fragment is visited once. */
export class FieldCounter {
  readonly #fragments: Fragments;
  readonly #sizes = new Map<string, number>();

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  count(selectionSet: SelectionSetNode | undefined): number {
    let size = 0;
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) size += this.#fragment(selection.name.value);
      else size += (selection.kind === Kind.FIELD ? 1 : 0) + this.count(selection.selectionSet);
    }
    return size;
  }

  #fragment(name: string): number {
    const size = this.#sizes.get(name) ?? this.count(this.#fragments[name]?.selectionSet);
    this.#sizes.set(name, size);
    return size;
  }
}

/** The introspection fields, which no type lists, by name. No other field may have such a name. */
const META_FIELDS = new Map(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
);

/** The definition of a field that a type has. */
export function fieldDefinition(type: GraphQLNamedType, name: string): GraphQLField<unknown, unknown> {
  const field = META_FIELDS.get(name) ?? (isObjectType(type) ? type.getFields()[name] : undefined);
  if (field === undefined) throw new Error(`The schema has no field ${type.name}.${name}.`);
  return field;
}

/** The field that a selection repeats most at one place: its name in the answer, and how often. */
interface Repetition {
  readonly field: string;
  readonly times: number;
}

/** The most selections to visit: a fragment that contains itself would never end. Such fragments are refused elsewhere. */
const MAX_STEPS = 10_000;

/** Finds the field that a selection repeats most at one place. A fragment counts at each of its spreads. */
export function mostRepeated(
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Repetition {
  let steps = 0;
  const collect = (set: SelectionSetNode, fields: Map<string, FieldNode[]>, inside: readonly string[]) => {
    for (const node of set.selections) {
      if (++steps > MAX_STEPS) return;
      if (node.kind === Kind.FIELD) {
        const name = (node.alias ?? node.name).value;
        const same = fields.get(name) ?? [];
        same.push(node);
        fields.set(name, same);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        collect(node.selectionSet, fields, inside);
      } else if (!inside.includes(node.name.value)) {
        const fragment = fragments.get(node.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet, fields, [...inside, node.name.value]);
      }
    }
  };
  const most = (sets: readonly SelectionSetNode[]): Repetition => {
    const fields = new Map<string, FieldNode[]>();
    for (const set of sets) collect(set, fields, []);
    let found: Repetition = { field: '', times: steps > MAX_STEPS ? steps : 0 };
    for (const [field, nodes] of fields) {
      const below = most(nodes.flatMap(({ selectionSet = [] }) => selectionSet));
      for (const one of [{ field, times: nodes.length }, below]) if (one.times > found.times) found = one;
    }
    return found;
  };
  return most([selectionSet]);
}
