import { ask as askEndpoint } from '../../dev/queries.ts';

/** The `data` of a gateway's answer. @throws with the errors of the answer */
export function ask<T>(url: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  return askEndpoint(`${url}/graphql`, query, variables);
}

interface Connection<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
}

/**
 * All nodes of a connection, page by page.
 * @param query with the variable `$after`, and one root field `list`, a connection with `nodes` and `pageInfo`
 */
export async function askAll<T>(url: string, query: string, variables: Record<string, unknown> = {}): Promise<T[]> {
  const nodes: T[] = [];
  let after: string | null = null;
  for (;;) {
    const { list }: { list: Connection<T> } = await ask(url, query, { ...variables, after });
    nodes.push(...list.nodes);
    if (!list.pageInfo.hasNextPage) return nodes;
    after = list.pageInfo.endCursor;
  }
}
