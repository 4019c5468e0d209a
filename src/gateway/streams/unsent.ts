import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { memoryShare } from '../limits/memory.ts';

/** The most unsent data of all connections together, in bytes and as a share of all memory. */
const MAX_BYTES = 256 * 1024 * 1024;
const SHARE = 1 / 16;

interface UnsentMessage {
  readonly bytes: number;
  readonly giveUp: () => void;
}

/** Data that slow readers have not read yet. If it exceeds the memory, the connections that have waited longest are ended. */
export class Unsent {
  readonly #waiting = new Set<UnsentMessage>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = memoryShare(SHARE, MAX_BYTES)) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Waits until a message is sent.
   * @param begin begins to send it, and calls back when that is over
   * @returns whether it was sent in time
   */
  async send(bytes: number, ms: number, begin: (sent: () => void) => void): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const giveUp = () => resolve(false);
    const timer = setTimeout(giveUp, ms);
    const end = this.hold(bytes, giveUp);
    begin(() => resolve(true));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      end();
    }
  }

  /**
   * Counts data until it is sent.
   * @param giveUp called if the data exceeds the memory
   * @returns a function to call when it was sent
   */
  hold(bytes: number, giveUp: () => void): () => void {
    const waiting: UnsentMessage = { bytes, giveUp };
    this.#add(waiting);
    return () => this.#delete(waiting);
  }

  #add(waiting: UnsentMessage): void {
    this.#waiting.add(waiting);
    this.#bytes += waiting.bytes;
    for (const oldest of this.#waiting) {
      if (this.#bytes <= this.#maxBytes || oldest === waiting) break;
      this.#delete(oldest);
      oldest.giveUp();
    }
  }

  #delete(waiting: UnsentMessage): void {
    if (this.#waiting.delete(waiting)) this.#bytes -= waiting.bytes;
  }
}

/**
 * Ends connections whose clients do not read their answers: after a while without progress, or if all unread answers exceed the
 * memory.
 */
export function endUnreadAnswers(fastify: FastifyInstance, unsent: Unsent, stallMs: number): void {
  fastify.addHook('onRequest', (_request, { raw }, done) => {
    // By then all of it is written, and what could be sent at once is sent.
    raw.once('prefinish', () => {
      if ((raw.socket?.writableLength ?? 0) > 0) giveTime(raw, unsent, stallMs);
    });
    done();
  });
}

function giveTime(response: ServerResponse, unsent: Unsent, stallMs: number): void {
  const socket = response.socket!;
  const sent = unsent.hold(socket.writableLength, () => socket.destroy());
  // Restarts with all progress; when everything is sent, the timeout of idle connections applies.
  socket.setTimeout(stallMs);
  response.once('close', sent);
}
