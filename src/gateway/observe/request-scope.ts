import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** The request that the current work belongs to. */
export interface RequestScope {
  /** Shown to the client, and in the request's log lines. */
  readonly id: string;
  readonly transport: Transport;
}

/** How an operation arrives and its results are sent. */
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

/** The fields of every log line that belongs to a request. */
export function requestFields(): { readonly requestId?: string } {
  const scope = currentRequest();
  return scope === undefined ? {} : { requestId: scope.id };
}

/** Text that cannot be confused with anything else in a log or a header. */
const SANE_ID = /^[\w.:=+/-]{1,128}$/;

/** @param given the id of a proxy or a client, which may search the logs for it */
export function requestId(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}
