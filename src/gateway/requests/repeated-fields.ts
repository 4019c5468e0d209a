import { type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

/** The field that stands at the same place most often: as it is named in the answer, and how often. */
export interface Repetition {
  readonly field: string;
  readonly times: number;
}

/** Selections that are looked at: fragments in themselves would never end, and are refused elsewhere. */
const MAX_STEPS = 10_000;

/** Looks for the field that a selection asks for most often at one place, fragments counted as often as they are spread. */
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
