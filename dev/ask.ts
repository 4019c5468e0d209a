import { ask as askEndpoint } from '../src/client/ask.ts';
import { endpointOf } from '../src/client/endpoint.ts';

/**
 * The `data` of an answer of a GraphQL endpoint.
 * @throws NoAnswer; Error with the errors of the answer, as JSON
 */
export async function ask<T>(endpoint: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const { data, errors } = await askEndpoint<T>(endpointOf(endpoint), { query, variables });
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data as T;
}
