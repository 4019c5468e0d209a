import type { Readable } from 'node:stream';
import { errorCodes, type FastifyInstance } from 'fastify';
import type { AnswerMemory, HeldMemory } from '../limits/memory.ts';
import type { Gate } from './gate.ts';

const LEAST_BYTES = 1024;
/** Status for a client that disconnects within its body. */
const BAD_REQUEST = 400;

export interface BodyOptions {
  readonly gate: Gate;
  readonly memory: AnswerMemory;
  readonly maxBytes: number;
}

/** Accepts JSON bodies only: they count as memory while they arrive, and are paid for before they are parsed. */
export function receiveBodies(fastify: FastifyInstance, { gate, memory, maxBytes }: BodyOptions): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', (request, payload, done) => {
    if (Number(request.headers['content-length']) > maxBytes) {
      done(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
      return;
    }
    const held = memory.openBody(gate.callerOf(request)?.isStranger ?? false);
    const pay = async (body: Buffer) => {
      await gate.billOf(request).receive(body.length);
      return String(body);
    };
    received(payload, new Body(held, maxBytes))
      .then(pay)
      .then((text) => parse(request, text, done), done)
      .finally(() => held.release());
  });
}

/** The received part of a body, in one buffer: many small chunks would take far more memory than their content. */
class Body {
  readonly #held: HeldMemory;
  readonly #maxBytes: number;
  #bytes = Buffer.alloc(0);
  #length = 0;

  constructor(held: HeldMemory, maxBytes: number) {
    this.#held = held;
    this.#maxBytes = maxBytes;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @throws FST_ERR_CTP_BODY_TOO_LARGE, OVERLOADED */
  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#maxBytes) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    if (length > this.#bytes.length) this.#grow(length);
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  #grow(length: number): void {
    const capacity = Math.min(Math.max(length, 2 * this.#bytes.length, LEAST_BYTES), this.#maxBytes);
    this.#held.take(capacity - this.#bytes.length);
    const bytes = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(bytes);
    this.#bytes = bytes;
  }
}

function received(payload: Readable, body: Body): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const add = (chunk: Buffer) => {
      try {
        body.add(chunk);
      } catch (error) {
        payload.off('data', add);
        reject(error);
      }
    };
    payload
      .on('data', add)
      .once('end', () => resolve(body.bytes))
      .once('error', (error) => reject(Object.assign(error, { statusCode: BAD_REQUEST })));
  });
}
