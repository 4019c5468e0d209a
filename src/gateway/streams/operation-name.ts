import { createHash } from 'node:crypto';
import { type DocumentNode, Kind, type OperationDefinitionNode, print, type SelectionNode, visit } from 'graphql';
import type { Variables } from '../requests/variables.ts';

/** The argument by which subscribers say where they begin: what they are told then is the same. */
const BEGINNING = 'after';

/**
 * The same for all subscriptions that give the same results for the same event, wherever they begin: the whole hash of the
 * operation and of its variables as they are after coercion, with the defaults of those that were not sent.
 */
export function operationNameOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  coerced: Variables,
): string {
  const definitions = document.definitions.map((node) => (node === operation ? withoutBeginning(operation) : node));
  const used = variablesIn({ ...document, definitions });
  // One that is null is not one that is absent, whose place a default takes.
  const given = [...used].sort().filter((name) => Object.hasOwn(coerced, name));
  const values = given.map((name) => [name, coerced[name]]);
  const text = JSON.stringify([operation.name?.value, definitions.map(print), values], shownBytes);
  return createHash('sha256').update(text).digest('base64');
}

/** Of a root field. What variables are for `after` alone, no result depends on. */
function withoutBeginning(operation: OperationDefinitionNode): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((selection): SelectionNode => {
    if (selection.kind !== Kind.FIELD) return selection;
    return { ...selection, arguments: (selection.arguments ?? []).filter(({ name }) => name.value !== BEGINNING) };
  });
  return { ...operation, variableDefinitions: [], selectionSet: { ...operation.selectionSet, selections } };
}

function variablesIn(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}

function shownBytes(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value;
}
