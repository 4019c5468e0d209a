import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Admission, OriginPolicy } from '../../origins/origin-policy.ts';
import { COST_HEADER } from '../graphql/cost-plugin.ts';
import { REQUEST_ID_HEADER } from '../observe/request-log.ts';
import { LIMIT_HEADERS } from './gate.ts';

const MAX_AGE_S = 86_400;
const EXPOSED = [REQUEST_ID_HEADER, COST_HEADER, ...LIMIT_HEADERS];
const EXPOSE = { 'access-control-expose-headers': EXPOSED.join(', ') } as const;

declare module 'fastify' {
  interface FastifyRequest {
    /** What it may do; null where everybody may do anything. */
    admission: Admission | null;
  }
}

/** What every answer has. Where all pages may read it: it is public data, without any login. */
export function crossOriginHeaders(policy: OriginPolicy | null): Readonly<Record<string, string>> {
  return policy === null ? { 'access-control-allow-origin': '*', ...EXPOSE } : { vary: 'Origin', ...EXPOSE };
}

/** Lets in whom the policy lets in, and has browsers show answers to pages that may see them. */
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

/** Answers browsers that ask whether a page may ask. A plugin, so that its hooks are none of other requests. */
export async function preflightRoutes(
  fastify: FastifyInstance,
  { policy }: { readonly policy: OriginPolicy | null },
): Promise<void> {
  await fastify.register(cors, {
    // Whoever comes so far was let in.
    origin: policy === null ? '*' : true,
    methods: ['GET', 'POST'],
    exposedHeaders: EXPOSED,
    maxAge: MAX_AGE_S,
  });
}
