import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BitqlError } from '../../../src/errors.ts';
import { portFailure } from '../../../src/failures/port.ts';

/** What an operator says of itself: null if all is well, else what is not. */
export interface Health {
  live(): string | null;
  ready(): string | null;
}

export interface HealthServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves /livez and /readyz for the probes of a Pod: 200, or 503 and the reason. */
export async function serveHealth(
  health: Health,
  { host, port }: { host: string; port: number },
): Promise<HealthServer> {
  const server = createServer(({ url, method }, response) => {
    const check = method === 'GET' ? CHECKS.get(url ?? '') : undefined;
    if (check === undefined) return void response.writeHead(404).end('See /livez and /readyz.\n');
    const problem = check(health);
    response.writeHead(problem === null ? 200 : 503, { 'Content-Type': 'text/plain' }).end(`${problem ?? 'ok'}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(host, port, error)));
    server.listen(port, host, resolve);
  });
  const { address, port: bound, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const CHECKS = new Map<string, (health: Health) => string | null>([
  ['/livez', (health) => health.live()],
  ['/readyz', (health) => health.ready()],
]);

function cannotListen(host: string, port: number, error: Error): BitqlError {
  return new BitqlError(
    'BAD_SETTING',
    `Health cannot be served at ${host}:${port}, since ${portFailure(error)}: give another --health.`,
  );
}
