import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** The request on whose behalf something is done, wherever that is. */
export interface RequestScope {
  /** What the client is told, and what its lines in the log have. */
  readonly id: string;
  readonly transport: Transport;
}

/** How an operation comes and its results go. */
export const TRANSPORTS = ['http', 'sse', 'websocket'] as const;
export type Transport = (typeof TRANSPORTS)[number];

const scopes = new AsyncLocalStorage<RequestScope>();

/** Undefined outside of any request. */
export function currentRequest(): RequestScope | undefined {
  return scopes.getStore();
}

export function inRequest<T>(scope: RequestScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** What every line of a log has that is written on behalf of a request. */
export function requestFields(): { readonly requestId?: string } {
  const scope = currentRequest();
  return scope === undefined ? {} : { requestId: scope.id };
}

/** Nothing that could be taken for something else in a log or a header. */
const SANE_ID = /^[\w.:=+/-]{1,128}$/;

/** @param given by a proxy or a client, who may look for it in logs */
export function requestId(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}
