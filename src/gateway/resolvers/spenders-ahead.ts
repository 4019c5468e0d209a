import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode, valueFromASTUntyped } from 'graphql';
import type { OutputStretch } from '../../query/spends.ts';
import type { Fragments } from '../requests/fields.ts';
import type { Variables } from '../requests/variables.ts';
import { MAX_ITEMS } from './transaction.ts';

/** The field found in each selection set. Documents are remembered, so each is searched once. */
type FieldCache = WeakMap<SelectionSetNode, FieldNode | null>;

const outputLists: FieldCache = new WeakMap();
const spenders: FieldCache = new WeakMap();

/** The outputs of a transaction whose spenders a selection asks for, in its first such list; null if it asks for none. */
export function outputsWithSpenders({
  fieldNodes,
  fragments,
  variableValues,
}: GraphQLResolveInfo): OutputStretch | null {
  const isSpentBy = (field: FieldNode) => field.name.value === 'spentBy';
  const asksForThem = (field: FieldNode) =>
    field.name.value === 'outputs' && firstIn(field.selectionSet, fragments, spenders, isSpentBy) !== null;
  for (const { selectionSet } of fieldNodes) {
    const found = firstIn(selectionSet, fragments, outputLists, asksForThem);
    if (found !== null) return stretchOf(found, variableValues);
  }
  return null;
}

/** The first matching field among those that a selection and its fragments always have, whatever directives say. */
function firstIn(
  selection: SelectionSetNode | undefined,
  fragments: Fragments,
  known: FieldCache,
  isWanted: (field: FieldNode) => boolean,
): FieldNode | null {
  if (selection === undefined) return null;
  const before = known.get(selection);
  if (before !== undefined) return before;
  let found: FieldNode | null = null;
  for (const node of selection.selections) {
    if (node.directives !== undefined && node.directives.length > 0) continue;
    if (node.kind === Kind.FIELD) found = isWanted(node) ? node : null;
    else {
      const inner = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value]?.selectionSet : node.selectionSet;
      found = firstIn(inner, fragments, known, isWanted);
    }
    if (found !== null) break;
  }
  known.set(selection, found);
  return found;
}

/** Null if the list would be refused. */
function stretchOf({ arguments: given = [] }: FieldNode, variables: Variables): OutputStretch | null {
  const numberOf = (name: string, fallback: number): number => {
    const node = given.find((argument) => argument.name.value === name)?.value;
    const value = node === undefined ? undefined : valueFromASTUntyped(node, variables);
    return typeof value === 'number' ? value : fallback;
  };
  const [offset, first] = [numberOf('offset', 0), numberOf('first', MAX_ITEMS)];
  return offset < 0 || first < 1 || first > MAX_ITEMS ? null : { first: offset, count: first };
}
