import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Admission, OriginPolicy } from '../../origin-policy.ts';
import { COST_HEADER } from '../graphql/plugins.ts';
import { REQUEST_ID_HEADER } from '../observe/request-log.ts';
import { LIMIT_HEADERS } from './gate.ts';

/** Of answers with bytes of the chain. */
const BYTES_HEADERS = ['etag', 'accept-ranges', 'content-range'];
const MAX_AGE_S = 86_400;
const EXPOSED = [REQUEST_ID_HEADER, COST_HEADER, ...LIMIT_HEADERS, ...BYTES_HEADERS];
const EXPOSE = { 'access-control-expose-headers': EXPOSED.join(', ') } as const;

declare module 'fastify' {
  interface FastifyRequest {
    /** What its origin may do; null if there is no policy. */
    admission: Admission | null;
  }
}

/** Headers of every answer. Without a policy all pages may read it: it is public data, without any login. */
export function crossOriginHeaders(policy: OriginPolicy | null): Readonly<Record<string, string>> {
  return policy === null ? { 'access-control-allow-origin': '*', ...EXPOSE } : { vary: 'Origin', ...EXPOSE };
}

/** Admits requests by the policy, and allows browsers to show answers to admitted pages. */
export function admitOrigins(fastify: FastifyInstance, policy: OriginPolicy | null): void {
  fastify.decorateRequest('admission', null);
  if (policy === null) return;
  fastify.addHook('onRequest', (request, reply, done) => {
    try {
      request.admission = policy.admit(request.raw);
    } catch (error) {
      done(error as Error);
      return;
    }
    const { origin } = request.admission;
    if (origin !== null) reply.header('access-control-allow-origin', origin);
    done();
  });
}

/** Answers preflight requests. A plugin, so that its hooks do not run for other requests. */
export async function preflightRoutes(
  fastify: FastifyInstance,
  { policy }: { readonly policy: OriginPolicy | null },
): Promise<void> {
  await fastify.register(cors, {
    // The policy has admitted the origin already.
    origin: policy === null ? '*' : true,
    methods: ['GET', 'POST'],
    exposedHeaders: EXPOSED,
    maxAge: MAX_AGE_S,
  });
}
