import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BitqlError } from './errors.ts';
import { portFailure } from './failures/system.ts';

/** Where something is served; port 0 takes any free one. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface TextServer {
  /** Without a path. */
  readonly url: string;
  /** Also ends requests in progress. */
  close(): Promise<void>;
}

export interface TextServerOptions {
  readonly address: ServerAddress;
  /** What it serves, and the flag of its address, as messages name them: Metrics, --metrics. */
  readonly what: string;
  readonly flag: string;
  readonly answer: RequestListener;
}

/**
 * A small HTTP server beside the program's own work, for monitoring.
 * @throws BAD_SETTING if it cannot listen
 */
export async function serveText({ address, what, flag, answer }: TextServerOptions): Promise<TextServer> {
  const { host, port } = address;
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const problem = `${what} cannot be served at ${host}:${port}, because ${portFailure(error)}: give another ${flag}.`;
      reject(new BitqlError('BAD_SETTING', problem));
    });
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
