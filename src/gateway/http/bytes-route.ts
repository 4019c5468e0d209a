import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BitqlError, errorCode } from '../../errors.ts';
import { askedBytes, BYTES_ROUTE } from '../bytes/asked-bytes.ts';
import { type BytesPart, matchesTag, rangeOf } from '../bytes/byte-range.ts';
import { type BytesToSend, bytesToSend, type FoundTransaction, findTransaction } from '../bytes/found-bytes.ts';
import { REQUEST_PRICE } from '../cost/pricing.ts';
import type { Engine } from '../graphql/engine.ts';
import { COST_HEADER } from '../graphql/plugins.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { contexts } from './contexts.ts';
import type { HttpServer } from './http-server.ts';

interface BytesRouteOptions extends Pick<HttpServer, 'fastify' | 'gate'> {
  readonly engine: Engine;
  /** The time that a client may take for each 64 KiB of a long answer, in milliseconds. */
  readonly sliceMs: number;
}

/** What finding a transaction costs. */
const FIND_PRICE = 5;
/** Bytes that a point pays for: reading and sending them. */
const BYTES_OF_POINT = 512;
/** A longer answer is sent in parts, of which two are in memory at a time. */
const MAX_WHOLE = 256 * 1024;
/** A part is as long as the pieces in which large transactions are stored. */
const PART = 4 * 1024 * 1024;
/** A client must take so many bytes in the time that it has. */
const SLICE = 64 * 1024;

const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_NOW = 'public, max-age=10';
/** Shown in a page of its own, it runs nothing and loads nothing. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/** Serves transactions and the data in them as they are. */
export function bytesRoute({ fastify, gate, engine, sliceMs }: BytesRouteOptions): void {
  const contextOf = contexts(engine, gate);
  fastify.route({
    method: ['GET', 'HEAD'],
    url: BYTES_ROUTE,
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store').header('content-security-policy', CONTENT_SECURITY_POLICY);
      await gate.billOf(request).receive(request.url.length);
      const context = contextOf(request, reply);
      const answer = new BytesAnswer(engine, { request, reply, context, sliceMs });
      const end = await context.lane.begin(context.deadline?.signal);
      try {
        return await answer.send();
      } catch (error) {
        await context.bill.settle().catch(() => {});
        throw error;
      } finally {
        context.deadline?.end();
        end();
      }
    },
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly context: RequestContext;
  readonly sliceMs: number;
}

/** The answer to one request. */
class BytesAnswer {
  readonly #engine: Engine;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #context: RequestContext;
  readonly #sliceMs: number;

  constructor(engine: Engine, { request, reply, context, sliceMs }: Exchange) {
    this.#engine = engine;
    this.#request = request;
    this.#reply = reply;
    this.#context = context;
    this.#sliceMs = sliceMs;
  }

  /** @throws BAD_QUERY, NOT_FOUND, COST_EXCEEDED, RATE_LIMITED, OVERLOADED, TIMEOUT... */
  async send(): Promise<FastifyReply> {
    const asked = askedBytes((this.#request.params as { readonly '*': string })['*']);
    const reader = await this.#context.readers.openPresent();
    const found = await findTransaction(asked, reader, this.#engine.backend.store);
    const bytes = await bytesToSend(asked, found, reader);
    this.#describe(found);
    const { range, 'if-none-match': known, 'if-range': only } = this.#request.headers;
    if (matchesTag(known, found.tag)) return this.#finish(304);
    // Ranges are defined for GET alone (RFC 9110, 14.2).
    const takesRange = this.#request.method === 'GET' && (only === undefined || only === found.tag);
    const asks = takesRange ? rangeOf(range, bytes.length) : null;
    if (asks === 'unsatisfiable') return this.#refuseRange(bytes.length);
    const { type, isShown, ending } = bytes.media;
    this.#reply.type(type);
    if (!isShown) this.#reply.header('content-disposition', `attachment; filename="${asked.id}.${ending}"`);
    if (asks !== null) this.#reply.header('content-range', `bytes ${asks.from}-${asks.to - 1}/${bytes.length}`);
    this.#reply.code(asks === null ? 200 : 206);
    return this.#sendPart(bytes, asks ?? { from: 0, to: bytes.length });
  }

  #describe({ tag, isDeep }: FoundTransaction): void {
    this.#reply
      .header('etag', tag)
      .header('accept-ranges', 'bytes')
      .header('cache-control', isDeep ? FOR_EVER : FOR_NOW);
  }

  async #refuseRange(length: number): Promise<FastifyReply> {
    const what = `There are only ${length} bytes: ask for a range within them.`;
    const shown = this.#engine.showError(new BitqlError('BAD_QUERY', what));
    await this.#charge(0);
    await this.#context.bill.settle();
    this.#observe('BAD_QUERY');
    this.#reply.code(416).type('application/json; charset=utf-8');
    this.#reply.header('content-range', `bytes */${length}`).header('cache-control', 'no-store');
    return this.#reply.send({ errors: [shown] });
  }

  async #sendPart(bytes: BytesToSend, range: BytesPart): Promise<FastifyReply> {
    const length = range.to - range.from;
    const isHead = this.#request.method === 'HEAD';
    await this.#charge(isHead ? 0 : length);
    this.#reply.header('content-length', length);
    if (isHead) return this.#finish(this.#reply.statusCode);
    if (length > MAX_WHOLE) return this.#stream(bytes, range);
    this.#context.memory.take(length);
    const parts: Uint8Array[] = [];
    for await (const part of bytes.parts(range.from, range.to)) parts.push(part);
    this.#context.work.add(pointsOf(length));
    return this.#finish(this.#reply.statusCode, Buffer.concat(parts));
  }

  /** Nothing of the body is sent before it is paid. */
  async #finish(status: number, body?: Buffer): Promise<FastifyReply> {
    if (this.#context.bill.cost === null) await this.#charge(0);
    await this.#context.bill.settle();
    this.#observe('OK');
    return this.#reply.code(status).send(body);
  }

  /** Sends it in parts, each of which is read when the client has taken the ones before. */
  #stream(bytes: BytesToSend, range: BytesPart): FastifyReply {
    // One is being sent while the next one is read.
    this.#context.memory.take(2 * PART);
    return this.#reply.send(Readable.from(this.#parts(bytes, range), { objectMode: false }));
  }

  async *#parts(bytes: BytesToSend, { from, to }: BytesPart): AsyncGenerator<Uint8Array> {
    const { work, bill } = this.#context;
    // If the client goes, nothing more happens here.
    let outcome = 'TIMEOUT';
    try {
      for await (const part of bytes.parts(from, to)) {
        work.add(pointsOf(part.length));
        await work.goOn();
        for (let at = 0; at < part.length; at += SLICE) yield* this.#inTime(part.subarray(at, at + SLICE));
      }
      outcome = 'OK';
    } catch (error) {
      outcome = errorCode(error) ?? 'INTERNAL_SERVER_ERROR';
      throw error;
    } finally {
      await bill.settle().catch(() => {});
      this.#observe(outcome);
    }
  }

  /** Ends the connection of a client that does not take it in time. */
  *#inTime(slice: Uint8Array): Generator<Uint8Array> {
    const late = setTimeout(() => this.#request.raw.socket.destroy(), this.#sliceMs);
    try {
      yield slice;
    } finally {
      clearTimeout(late);
    }
  }

  /** Pays for what is sent before any of it is. @throws COST_EXCEEDED, RATE_LIMITED */
  async #charge(length: number): Promise<void> {
    const { bill } = this.#context;
    const price = REQUEST_PRICE + FIND_PRICE + 2 * pointsOf(length);
    await bill.charge({ price }).catch((error: unknown) => {
      throw errorCode(error) === 'COST_EXCEEDED' ? tooLong(length, price, error) : error;
    });
    this.#reply.header(COST_HEADER, String(bill.cost!.requested));
  }

  #observe(outcome: string): void {
    const seconds = this.#reply.elapsedTime / 1_000;
    const cost = this.#context.bill.cost?.charged ?? null;
    this.#engine.observer.answered({ transport: 'http', outcome, operation: null, seconds, cost });
  }
}

function tooLong(length: number, price: number, error: unknown): BitqlError {
  return new BitqlError(
    'COST_EXCEEDED',
    `${length} bytes cost ${price} points, which is more than one request may cost: ask for a part, with the header Range.`,
    error,
  );
}

function pointsOf(bytes: number): number {
  return Math.ceil(bytes / BYTES_OF_POINT);
}
