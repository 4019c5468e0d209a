import type { FastifyInstance } from 'fastify';
import { ERROR_CODES, errorCode } from '../../errors.ts';
import { type ChainView, type ChainWatch, chainStatus } from '../observe/chain-status.ts';

export interface HealthOptions {
  readonly watch: ChainWatch;
  /** Whether the gateway is about to end, and wants no new work. */
  readonly isDraining: () => boolean;
}

/** Why a gateway should get no requests. It does not name the store: everybody may read this. */
interface Reason {
  readonly reason: string;
  readonly message: string;
}

/**
 * Health for operators of a gateway: `/livez`, `/readyz` and `/statusz`. Everybody may read it, so versions, uptime and load
 * are only in the metrics.
 */
export async function healthRoutes(fastify: FastifyInstance, options: HealthOptions): Promise<void> {
  const { watch, isDraining } = options;
  fastify.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  // That it answers is the answer.
  fastify.get('/livez', async () => ({ alive: true }));
  // An index that lags behind its node is still ready: the lag is the same for all gateways, so none would be left.
  fastify.get('/readyz', async (_request, reply) => {
    const reason = isDraining() ? DRAINING : reasonOf(await watch.view());
    return reason === null ? { ready: true } : reply.code(503).send({ ready: false, ...reason });
  });
  fastify.get('/statusz', async () => {
    const view = await watch.view();
    return { draining: isDraining(), store: reasonOf(view) ?? { reachable: true }, chain: chainOf(view) };
  });
}

const DRAINING: Reason = { reason: 'DRAINING', message: 'The gateway is shutting down.' };

function reasonOf({ error }: ChainView): Reason | null {
  if (error === null) return null;
  const reason = errorCode(error) ?? 'INTERNAL_SERVER_ERROR';
  const message = reason === 'INTERNAL_SERVER_ERROR' ? 'The store cannot be read.' : ERROR_CODES[reason].meaning;
  return { reason, message };
}

function chainOf({ snapshot }: ChainView): object | null {
  if (snapshot === null) return null;
  const { cursor: _, ...status } = chainStatus(snapshot);
  return { network: snapshot.state.network, ...status };
}
