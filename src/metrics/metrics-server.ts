import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { BitqlError } from '../errors.ts';
import { portFailure } from '../failures/port.ts';
import { originPolicy } from '../origins/origin-policy.ts';

/** Where metrics are served; port 0 takes any free one. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a registry in Prometheus' text format at /metrics: to no web page. */
export async function serveMetrics(registry: Registry, { host, port }: MetricsAddress): Promise<MetricsServer> {
  const policy = await originPolicy([], host);
  const server = createServer(async (request, response) => {
    const { url, method } = request;
    try {
      policy?.admit(request);
    } catch {
      return void response.writeHead(403).end('Metrics are for no web page: ask at localhost.\n');
    }
    if (method !== 'GET' || url !== '/metrics') return void response.writeHead(404).end('See /metrics.\n');
    response.setHeader('Content-Type', registry.contentType);
    response.end(await registry.metrics());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(host, port, error)));
    server.listen(port, host, resolve);
  });
  const { address, port: bound, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function cannotListen(host: string, port: number, error: Error): BitqlError {
  return new BitqlError(
    'BAD_SETTING',
    `Metrics cannot be served at ${host}:${port}, since ${portFailure(error)}: give another --metrics.`,
  );
}
