import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pause } from '../../waiting.ts';

/** How long a gateway takes to end, in milliseconds. */
export interface DrainTimes {
  /** How long it still serves after `/readyz` reports that it ends, until load balancers have noticed. */
  readonly delayMs: number;
  /** The time over which many subscriptions are ended, so that not all of them reconnect elsewhere at once. */
  readonly spreadMs: number;
  /** How long to wait then for answers under way. */
  readonly deadlineMs: number;
}

export const DRAIN_TIMES: DrainTimes = { delayMs: 0, spreadMs: 5_000, deadlineMs: 10_000 };

interface DrainOptions {
  readonly fastify: FastifyInstance;
  readonly times: DrainTimes;
  /** Ends streams, which would never end by themselves, within a time. */
  readonly endStreams: (spreadMs: number) => Promise<void>;
}

/** Node closes connections that are idle when a server closes, but not those that become idle later. */
const IDLE_CHECK_MS = 20;

/** Takes a gateway out of service without clients noticing. */
export class Drain {
  readonly #options: DrainOptions;
  #running: Promise<void> | null = null;

  constructor(options: DrainOptions) {
    this.#options = options;
    // Otherwise clients that keep a connection open would stay with this gateway until it ends.
    options.fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.isDraining) reply.header('connection', 'close');
      done();
    });
  }

  get isDraining(): boolean {
    return this.#running !== null;
  }

  /** Resolves when everything is answered, or the time is over. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { fastify, times, endStreams } = this.#options;
    const { server } = fastify;
    if (times.delayMs > 0) await pause(times.delayMs);
    // From here on no new connection is accepted: clients connect to another gateway.
    server.close();
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    await endStreams(times.spreadMs);
    const deadline = setTimeout(() => server.closeAllConnections(), times.deadlineMs);
    await fastify.close();
    clearInterval(idle);
    clearTimeout(deadline);
  }
}

/**
 * Ends connections that never carried a request when the server closes. Node counts them as busy, and browsers open some in
 * advance, so closing would wait for them.
 */
export function endUnusedConnections(fastify: FastifyInstance): void {
  const sockets = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  fastify.addHook('preClose', async () => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  });
}
