import { APQ_PREFIX } from './limits/trusted-documents.ts';
import type { PersistedQueries } from './persisted-queries.ts';

/** What a request over HTTP has: a JSON body (POST), or the parameters of its address (GET). */
export interface RequestParts {
  readonly method: string;
  readonly body: unknown;
  readonly query: unknown;
}

/**
 * The text of the query that a request asks for: which it has, or whose hash it has. Null where there is none, and so nothing to
 * parse: Apollo says what is wrong.
 */
export async function queryTextOf(
  { method, body, query }: RequestParts,
  persisted: PersistedQueries,
): Promise<string | null> {
  const parameters = asObject(method === 'GET' ? query : body);
  if (typeof parameters.query === 'string' && parameters.query !== '') return parameters.query;
  const extensions = method === 'GET' ? parsed(parameters.extensions) : parameters.extensions;
  const hash = asObject(asObject(extensions).persistedQuery).sha256Hash;
  return typeof hash === 'string' ? ((await persisted.get(APQ_PREFIX + hash)) ?? null) : null;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parsed(json: unknown): unknown {
  try {
    return typeof json === 'string' ? JSON.parse(json) : null;
  } catch {
    return null;
  }
}
