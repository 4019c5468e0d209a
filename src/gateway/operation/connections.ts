import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { BitqlError } from '../../errors.ts';
import type { OpenFiles } from './connection-limit.ts';

/** How long whoever is one too many may take to ask, and so to hear why it is refused. */
const REFUSAL_MS = 2_000;
/** Of those that connections may be, how many are for telling others that there are too many. */
const REFUSING_SHARE = 0.1;
const TOLD_EVERY_MS = 60_000;
const ROOM_EVERY_MS = 1_000;

/**
 * Keeps connections below the limit of open files: there Node would end new ones without a word, and the store could open
 * nothing. Before anybody is refused, connections that are idle end.
 */
export class Connections {
  readonly #fastify: FastifyInstance;
  readonly #log: Logger;
  readonly #limits: OpenFiles;
  readonly #most: number;
  readonly #tooMany = new WeakSet<Socket>();
  #open = 0;
  #refused = 0;
  #told = { at: Number.NEGATIVE_INFINITY, refused: 0 };
  #madeRoomAt = Number.NEGATIVE_INFINITY;

  private constructor(fastify: FastifyInstance, log: Logger, limits: OpenFiles) {
    this.#fastify = fastify;
    this.#log = log;
    this.#limits = limits;
    this.#most = Math.ceil(limits.connections * (1 - REFUSING_SHARE));
  }

  /** Begins to count. @param limits null for none */
  static of(fastify: FastifyInstance, log: Logger, limits: OpenFiles | null): Connections {
    const unlimited = { files: Number.POSITIVE_INFINITY, connections: Number.POSITIVE_INFINITY };
    const connections = new Connections(fastify, log, limits ?? unlimited);
    connections.#begin();
    return connections;
  }

  get open(): number {
    return this.#open;
  }

  /** So far. */
  get refused(): number {
    return this.#refused;
  }

  /** @throws OVERLOADED for a connection that is one too many */
  require(socket: object): void {
    if (!this.#tooMany.has(socket as Socket)) return;
    throw new BitqlError('OVERLOADED', 'The gateway has as many connections as it may: try again later.');
  }

  #begin(): void {
    const { server } = this.#fastify;
    if (Number.isFinite(this.#limits.connections)) server.maxConnections = this.#limits.connections;
    server.on('drop', () => this.#noteRefusal());
    server.on('connection', (socket: Socket) => this.#add(socket));
    this.#fastify.addHook('onRequest', (request, reply, done) => {
      try {
        this.require(request.raw.socket);
        done();
      } catch (error) {
        reply.header('connection', 'close');
        done(error as Error);
      }
    });
  }

  #add(socket: Socket): void {
    this.#open += 1;
    const isTooMany = this.#open > this.#most;
    const timer = isTooMany ? setTimeout(() => socket.destroy(), REFUSAL_MS) : undefined;
    socket.once('close', () => {
      this.#open -= 1;
      clearTimeout(timer);
    });
    if (!isTooMany) return;
    this.#tooMany.add(socket);
    this.#noteRefusal();
    this.#makeRoom();
  }

  /** For whoever comes next. */
  #makeRoom(): void {
    if (performance.now() - this.#madeRoomAt < ROOM_EVERY_MS) return;
    this.#madeRoomAt = performance.now();
    this.#fastify.server.closeIdleConnections();
  }

  #noteRefusal(): void {
    this.#refused += 1;
    if (performance.now() - this.#told.at < TOLD_EVERY_MS) return;
    const refused = this.#refused - this.#told.refused;
    this.#told = { at: performance.now(), refused: this.#refused };
    this.#log.warn(
      { refused },
      `Connections are refused: ${this.#open} are open, as many as the limit of open files allows (ulimit -n is ${this.#limits.files})`,
    );
  }
}
