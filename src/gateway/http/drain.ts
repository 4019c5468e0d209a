import type { FastifyInstance } from 'fastify';
import { pause } from '../../waiting.ts';

/** How long a gateway takes to end, in milliseconds. */
export interface DrainTimes {
  /** How long it goes on when `/readyz` already says that it ends: until load balancers have noticed. */
  readonly delayMs: number;
  /** The time over which many subscriptions are ended, so that not all of them connect elsewhere at once. */
  readonly spreadMs: number;
  /** How long answers under way are waited for then. */
  readonly deadlineMs: number;
}

export const DRAIN_TIMES: DrainTimes = { delayMs: 0, spreadMs: 5_000, deadlineMs: 10_000 };

export interface DrainOptions {
  readonly fastify: FastifyInstance;
  readonly times: DrainTimes;
  /** Ends what would never end by itself, within a time. */
  readonly endStreams: (spreadMs: number) => Promise<void>;
}

/** Node closes those that are idle when a server closes, not those that become idle behind that. */
const IDLE_CHECK_MS = 20;

/** Takes a gateway out of service without anybody's noticing. */
export class Drain {
  readonly #options: DrainOptions;
  #running: Promise<void> | null = null;

  constructor(options: DrainOptions) {
    this.#options = options;
    // Clients that keep a connection open would else stay with this gateway until its end.
    options.fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.isDraining) reply.header('connection', 'close');
      done();
    });
  }

  get isDraining(): boolean {
    return this.#running !== null;
  }

  /** Resolves when all is answered, or cannot be any more. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { fastify, times, endStreams } = this.#options;
    const { server } = fastify;
    if (times.delayMs > 0) await pause(times.delayMs);
    // From here on nobody new is let in: whoever is sent away comes to another gateway.
    server.close();
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    await endStreams(times.spreadMs);
    const deadline = setTimeout(() => server.closeAllConnections(), times.deadlineMs);
    await fastify.close();
    clearInterval(idle);
    clearTimeout(deadline);
  }
}
