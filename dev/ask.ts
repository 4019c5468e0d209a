import { ask as askEndpoint, endpointOf, type GraphqlAnswer } from '../src/client/ask.ts';
import { NoAnswer } from '../src/client/result.ts';

/**
 * The `data` of an answer of a GraphQL endpoint.
 * @throws Error that says why there is no answer, or has the messages and codes of its errors
 */
export async function ask<T>(endpoint: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const { data, errors } = await answerOf<T>(endpoint, query, variables);
  if (errors !== undefined) throw new Error(errors.map(inWords).join('\n'), { cause: errors });
  return data as T;
}

async function answerOf<T>(
  endpoint: string,
  query: string,
  variables: Record<string, unknown>,
): Promise<GraphqlAnswer<T>> {
  try {
    return await askEndpoint<T>(endpointOf(endpoint), { query, variables });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (error.silence === 'no GraphQL') {
      throw new Error(`${endpoint} does not return a GraphQL answer. Is it the URL of a gateway?`, { cause: error });
    }
    throw new Error(`${endpoint} cannot be asked: ${error.message}.`, { cause: error });
  }
}

function inWords({
  message = 'no message',
  extensions,
}: NonNullable<GraphqlAnswer<unknown>['errors']>[number]): string {
  return extensions?.code === undefined ? message : `${message} (${extensions.code})`;
}
