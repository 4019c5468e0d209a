import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { termsOf } from '../callers/caller.ts';
import type { Engine } from '../graphql/engine.ts';
import { RequestContext } from '../resolvers/context.ts';
import type { Gate } from './gate.ts';

/** Makes contexts of requests, which are released when their answer is sent. */
export function contexts({ backend }: Pick<Engine, 'backend'>, gate: Gate) {
  const openAnswers = new OpenAnswers();
  return (request: FastifyRequest, reply: FastifyReply): RequestContext => {
    const caller = gate.callerOf(request);
    const lane = backend.turns.laneOf(caller ?? request, caller?.rank);
    const terms = { ...termsOf(caller), bill: gate.billOf(request), lane, ...request.admission };
    const context = new RequestContext(backend, terms);
    openAnswers.onceOver(request.raw.socket, reply.raw, () => {
      context.deadline?.abandon();
      context.memory.release();
    });
    return context;
  };
}

/**
 * Reports when answers are over, also if a connection with several pipelined requests ends: Node reports that for one of them
 * only.
 */
export class OpenAnswers {
  readonly #open = new WeakMap<Socket, Set<() => void>>();

  /** Calls back once the answer is sent, or cannot be sent any more. */
  onceOver(socket: Socket, response: ServerResponse, callBack: () => void): void {
    // No event follows.
    if (socket.destroyed || response.closed) {
      callBack();
      return;
    }
    const open = this.#of(socket);
    open.add(callBack);
    response.once('close', () => {
      if (open.delete(callBack)) callBack();
    });
  }

  #of(socket: Socket): Set<() => void> {
    const known = this.#open.get(socket);
    if (known !== undefined) return known;
    const open = new Set<() => void>();
    this.#open.set(socket, open);
    socket.once('close', () => {
      for (const callBack of open) callBack();
      open.clear();
    });
    return open;
  }
}
