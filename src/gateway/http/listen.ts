import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { BitqlError } from '../../errors.ts';
import { portFailure } from '../../failures/port.ts';

/** Where a gateway listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** @returns where it listens, without a path @throws BAD_SETTING */
export async function listen(fastify: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    await fastify.listen({ host, port });
  } catch (error) {
    await fastify.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new BitqlError(
        'BAD_SETTING',
        `Port ${port} of ${host} is in use: stop the program that listens there, or give another --port.`,
        error,
      );
    }
    throw new BitqlError(
      'BAD_SETTING',
      `Cannot listen on ${host}, port ${port}: ${portFailure(error)}. Give another --host or --port.`,
      error,
    );
  }
  return urlOf(fastify, host);
}

function urlOf(fastify: FastifyInstance, host: string): string {
  const { port } = fastify.server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
