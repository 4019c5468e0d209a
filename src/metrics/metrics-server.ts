import type { Registry } from 'prom-client';
import { originPolicy } from '../origin-policy.ts';
import { type ServerAddress, serveText, type TextServer } from '../text-server.ts';

/** Serves a registry in Prometheus' text format at /metrics, and refuses web pages. */
export async function serveMetrics(registry: Registry, address: ServerAddress): Promise<TextServer> {
  const policy = await originPolicy([], address.host);
  const server = await serveText({
    ...{ address, what: 'Metrics', flag: '--metrics' },
    answer: async (request, response) => {
      const { url, method } = request;
      try {
        policy?.admit(request);
      } catch {
        return void response.writeHead(403).end('Web pages may not read metrics: request them at localhost.\n');
      }
      if (method !== 'GET' || url !== '/metrics') return void response.writeHead(404).end('See /metrics.\n');
      response.setHeader('Content-Type', registry.contentType);
      response.end(await registry.metrics());
    },
  });
  return { ...server, url: `${server.url}/metrics` };
}
