import { BitqlError } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';
import type { Variables } from './variables.ts';

/** The parameters of a GraphQL request, over any transport. */
export interface RequestParameters {
  /** Null if missing: then there may be the hash of a query. */
  readonly query: string | null;
  readonly variables: Variables;
  readonly operationName: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** A request with a query text, which may still be invalid GraphQL. */
export interface AskedQuery extends Omit<RequestParameters, 'query'> {
  readonly query: string;
}

/** A request over HTTP: a JSON body (POST), or the parameters of its address (GET). */
interface RequestParts {
  readonly method: string;
  readonly body: unknown;
  readonly query: unknown;
}

/** Parameters as they were sent. In an address all are texts. */
type SentParameters = Readonly<Record<string, unknown>>;

/** Reads what GraphQL over HTTP calls the request parameters. Empty ones count as missing. @throws BAD_QUERY */
export function requestParameters({ method, body, query }: RequestParts): RequestParameters {
  if (method === 'GET') {
    const sent = query as SentParameters;
    return parametersIn(sent, (name) => jsonIn(textIn(sent, name), name));
  }
  if (!isJsonObject(body)) {
    throw new BitqlError(
      'BAD_QUERY',
      'The body must be one JSON object such as {"query": "{ chain { network } }"}. Send several requests one by one.',
    );
  }
  return parametersIn(body, (name) => body[name]);
}

/** @param objectIn returns the value of a parameter that must be an object @throws BAD_QUERY */
export function parametersIn(sent: SentParameters, objectIn: (name: string) => unknown): RequestParameters {
  return {
    query: textIn(sent, 'query'),
    variables: objectOf(objectIn('variables'), 'variables'),
    operationName: textIn(sent, 'operationName') ?? undefined,
    extensions: objectOf(objectIn('extensions'), 'extensions'),
  };
}

function textIn(sent: SentParameters, name: string): string | null {
  const value = sent[name] ?? '';
  if (Array.isArray(value))
    throw new BitqlError('BAD_QUERY', `\`${name}\` is given ${value.length} times: give it once.`);
  if (typeof value !== 'string') throw new BitqlError('BAD_QUERY', `\`${name}\` must be a string.`);
  return value === '' ? null : value;
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value == null || value === '') return {};
  if (!isJsonObject(value)) throw new BitqlError('BAD_QUERY', `\`${name}\` must be a JSON object.`);
  return value;
}

function jsonIn(text: string | null, name: string): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    throw new BitqlError('BAD_QUERY', `\`${name}\` must be a JSON object, but it is not JSON.`);
  }
}

/** A GET changes nothing: browsers follow a link for any page, and may fetch it again on their own. */
export function notByGet(): BitqlError {
  return new BitqlError('BAD_QUERY', 'Send mutations by POST.');
}
