import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../callers/caller.ts';
import type { Callers } from '../callers/callers.ts';
import { Bill } from '../cost/bill.ts';

const TOO_MANY_REQUESTS = 429;
const UNAUTHORIZED = 401;

/** Headers that pages of other origins may read. */
export const LIMIT_HEADERS = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after'];

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it, once it was admitted. */
    caller: Caller | null;
    /** What it costs, once it was admitted. */
    bill: Bill | null;
  }
}

/** Admits requests to some routes, and reports the rate limits of their callers in the answers. */
export class Gate {
  /**
   * @param routes the URLs of the routes for which callers pay
   * @param callers null if callers are not distinguished
   */
  constructor(fastify: FastifyInstance, routes: readonly string[], callers: Callers | null) {
    fastify.decorateRequest('caller', null);
    fastify.decorateRequest('bill', null);
    if (callers === null) return;
    fastify.addHook('onRequest', async (request, reply) => {
      const { url = '' } = request.routeOptions;
      if (routes.includes(url) && request.method !== 'OPTIONS') await this.#admit(callers, request, reply);
    });
    fastify.addHook('onSend', (request, reply, _payload, done) => {
      this.#addHeaders(request, reply);
      done();
    });
  }

  /** Who sent an admitted request; null for any other. */
  callerOf(request: FastifyRequest): Caller | null {
    // For a malformed address, Fastify makes a request without decorators.
    return request.caller ?? null;
  }

  /** The bill of a request; a free one if callers are not distinguished. */
  billOf(request: FastifyRequest): Bill {
    return request.bill ?? new Bill(null);
  }

  /** @throws UNAUTHENTICATED, RATE_LIMITED */
  async #admit(callers: Callers, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const caller = await callers.identify(request.raw);
    request.caller = caller;
    request.bill = new Bill(caller.account);
    await request.bill.begin();
    // For streams, whose headers are sent without `onSend`.
    this.#addHeaders(request, reply);
  }

  #addHeaders(request: FastifyRequest, reply: FastifyReply): void {
    if (reply.statusCode === UNAUTHORIZED) reply.header('www-authenticate', 'Bearer');
    const caller = this.callerOf(request);
    if (caller === null) return;
    const { limit, remaining, reset } = caller.account.standing;
    reply.header('ratelimit-limit', limit).header('ratelimit-remaining', remaining).header('ratelimit-reset', reset);
    if (reply.statusCode === TOO_MANY_REQUESTS) reply.header('retry-after', Math.max(1, reset));
  }
}
