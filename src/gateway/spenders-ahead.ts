import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import type { OutputStretch } from '../query/spends.ts';
import type { Fragments } from './field-counter.ts';
import { MAX_ITEMS } from './resolvers/offset-page.ts';

/** What was found in a selection, once for each: documents are remembered. */
type Known<T> = WeakMap<SelectionSetNode, T | null>;

const stretches: Known<OutputStretch> = new WeakMap();
const spenders: Known<FieldNode> = new WeakMap();

/**
 * The outputs of a transaction whose spenders are asked for below a field; null where none are. What variables decide is not
 * looked at: this only tells what may be read ahead.
 */
export function outputsWithSpenders({ fieldNodes, fragments }: GraphQLResolveInfo): OutputStretch | null {
  const spentBy = (field: FieldNode) => (field.name.value === 'spentBy' ? field : null);
  const stretch = (field: FieldNode) => {
    const asksForThem =
      field.name.value === 'outputs' && firstIn(field.selectionSet, fragments, spenders, spentBy) !== null;
    return asksForThem ? stretchOf(field) : null;
  };
  for (const { selectionSet } of fieldNodes) {
    const found = firstIn(selectionSet, fragments, stretches, stretch);
    if (found !== null) return found;
  }
  return null;
}

/** What the first field means that means something, among those that a selection and its fragments have in any case. */
function firstIn<T>(
  selection: SelectionSetNode | undefined,
  fragments: Fragments,
  known: Known<T>,
  meaning: (field: FieldNode) => T | null,
): T | null {
  if (selection === undefined) return null;
  const before = known.get(selection);
  if (before !== undefined) return before;
  let found: T | null = null;
  for (const node of selection.selections) {
    if (node.directives !== undefined && node.directives.length > 0) continue;
    if (node.kind === Kind.FIELD) found = meaning(node);
    else {
      const inner = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value]?.selectionSet : node.selectionSet;
      found = firstIn(inner, fragments, known, meaning);
    }
    if (found !== null) break;
  }
  known.set(selection, found);
  return found;
}

function stretchOf({ arguments: given = [] }: FieldNode): OutputStretch | null {
  const numberOf = (name: string, fallback: number): number | null => {
    const value = given.find((argument) => argument.name.value === name)?.value;
    if (value === undefined) return fallback;
    return value.kind === Kind.INT ? Number(value.value) : null;
  };
  const offset = numberOf('offset', 0);
  const first = numberOf('first', MAX_ITEMS) ?? MAX_ITEMS;
  return offset === null || offset < 0 || first < 1 || first > MAX_ITEMS ? null : { first: offset, count: first };
}
