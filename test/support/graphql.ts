/** The `data` of a GraphQL answer. @throws with the first error of the answer */
export async function ask<T>(url: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
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
