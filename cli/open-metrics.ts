import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { registerProcessMetrics } from '../src/metrics/collector.ts';
import { serveMetrics } from '../src/metrics/metrics-server.ts';
import type { ServerAddress } from '../src/text-server.ts';

/**
 * Serves the metrics that a command registers, where that is asked for.
 * @param opened closes it
 * @returns where they are registered; null where nobody asks for them
 */
export async function openMetrics(
  address: ServerAddress | null,
  log: Logger,
  opened: AsyncDisposableStack,
): Promise<Registry | null> {
  if (address === null) return null;
  const registry = new Registry();
  registerProcessMetrics(registry);
  const server = await serveMetrics(registry, address);
  opened.defer(() => server.close());
  log.info(`Metrics are at ${server.url}.`);
  return registry;
}
