import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { type MetricsAddress, serveMetrics } from '../metrics/metrics-server.ts';
import { registerProcessMetrics } from '../metrics/process-metrics.ts';

/** Serves the metrics that a command registers, where that is asked for. */
export async function withMetrics(
  address: MetricsAddress | null,
  log: Logger,
  work: (registry: Registry | null) => Promise<void>,
): Promise<void> {
  if (address === null) return work(null);
  const registry = new Registry();
  registerProcessMetrics(registry);
  const server = await serveMetrics(registry, address);
  try {
    log.info(`Metrics are at ${server.url}.`);
    await work(registry);
  } finally {
    await server.close();
  }
}
