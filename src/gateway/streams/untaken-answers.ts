import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Unsent } from './unsent.ts';

/**
 * Ends connections whose clients do not take what they are answered: where nothing of it was taken for a while, or all of it is
 * too much for the memory.
 */
export function endUntakenAnswers(fastify: FastifyInstance, unsent: Unsent, stallMs: number): void {
  fastify.addHook('onRequest', (_request, { raw }, done) => {
    // All of it is written by then, and what could be sent at once is sent.
    raw.once('prefinish', () => {
      if ((raw.socket?.writableLength ?? 0) > 0) giveTime(raw, unsent, stallMs);
    });
    done();
  });
}

function giveTime(response: ServerResponse, unsent: Unsent, stallMs: number): void {
  const socket = response.socket!;
  const taken = unsent.hold(socket.writableLength, () => socket.destroy());
  // Begins anew with all that is taken; when all is, the time of connections without a request counts.
  socket.setTimeout(stallMs);
  response.once('close', taken);
}
