import { createHash } from 'node:crypto';
import { type DocumentNode, Kind, type OperationDefinitionNode, print, type SelectionNode, visit } from 'graphql';

export type Variables = Readonly<Record<string, unknown>>;

/** The argument by which subscribers say where they begin: what they are told then is the same. */
const BEGINNING = 'after';

/** The same for all subscriptions that give the same results for the same event, wherever they begin. */
export function operationNameOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): string {
  const anywhere = withoutBeginning(operation);
  const others = document.definitions.filter((definition) => definition !== operation);
  const definitions = [anywhere, ...others];
  const used = variablesIn({ ...document, definitions });
  const values = [...used].sort().map((name) => [name, variables[name]]);
  const text = definitions.map(print).join('\n') + JSON.stringify([operation.name?.value, values]);
  return createHash('sha256').update(text).digest('base64');
}

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
