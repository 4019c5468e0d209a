import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { LIMIT_HEADERS } from '../callers/gate.ts';
import { COST_HEADER } from '../limits/cost-plugin.ts';
import { REQUEST_ID_HEADER } from './request-log.ts';

const MAX_AGE_S = 86_400;
const EXPOSED = [REQUEST_ID_HEADER, COST_HEADER, ...LIMIT_HEADERS];

/** What every answer has: public data without any login, so pages of every origin may read it. */
export const CROSS_ORIGIN_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': EXPOSED.join(', '),
} as const;

/** Answers browsers that ask whether a page may ask. A plugin, so that its hooks are none of other requests. */
export async function preflightRoutes(fastify: FastifyInstance): Promise<void> {
  await fastify.register(cors, { origin: '*', methods: ['GET', 'POST'], exposedHeaders: EXPOSED, maxAge: MAX_AGE_S });
}
