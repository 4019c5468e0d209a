import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { BitqlError } from '../../errors.ts';
import { ConnectionsOfPeers, type OpenFiles, type PeerOf } from './connection-limits.ts';

/** How long a refused connection may take to send a request, which is answered with the reason. */
const REFUSAL_MS = 2_000;
/** The share of all connections that is used to answer refused ones. */
const REFUSING_SHARE = 0.1;
const ROOM_EVERY_MS = 1_000;

interface ConnectionsOptions {
  readonly log: Logger;
  /** Null for none. */
  readonly limits: OpenFiles | null;
  readonly peerOf: PeerOf;
}

/**
 * Keeps connections below the limit of open files. At that limit Node would end new ones without an answer, and the store could
 * open no file. Before a connection is refused, idle ones are closed. One address may only have a share of them.
 */
export class Connections {
  readonly #fastify: FastifyInstance;
  readonly #limits: OpenFiles;
  readonly #most: number;
  readonly #ofPeers: ConnectionsOfPeers;
  readonly #tooMany = new WeakMap<Socket, string>();
  readonly #refusals: RefusalLog;
  readonly #peerRefusals: RefusalLog;
  #open = 0;
  #madeRoomAt = Number.NEGATIVE_INFINITY;

  private constructor(fastify: FastifyInstance, { log, limits, peerOf }: ConnectionsOptions) {
    this.#fastify = fastify;
    this.#limits = limits ?? { files: Number.POSITIVE_INFINITY, connections: Number.POSITIVE_INFINITY };
    this.#most = Math.ceil(this.#limits.connections * (1 - REFUSING_SHARE));
    this.#ofPeers = new ConnectionsOfPeers(this.#most, peerOf);
    this.#refusals = new RefusalLog(log);
    this.#peerRefusals = new RefusalLog(log);
  }

  /** Starts to count. */
  static of(fastify: FastifyInstance, options: ConnectionsOptions): Connections {
    const connections = new Connections(fastify, options);
    connections.#begin();
    return connections;
  }

  get open(): number {
    return this.#open;
  }

  /** So far. */
  get refused(): number {
    return this.#refusals.count + this.#peerRefusals.count;
  }

  /** @throws OVERLOADED for a connection above the limit */
  require(socket: object): void {
    const why = this.#tooMany.get(socket as Socket);
    if (why !== undefined) throw new BitqlError('OVERLOADED', why);
  }

  #begin(): void {
    const { server } = this.#fastify;
    if (Number.isFinite(this.#limits.connections)) server.maxConnections = this.#limits.connections;
    server.on('drop', () => this.#noteTooMany());
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
    const place = this.#ofPeers.add(socket);
    this.#open += 1;
    socket.once('close', () => {
      this.#open -= 1;
      place.free();
    });
    if (this.#open > this.#most) {
      this.#noteTooMany();
      this.#refuse(socket, 'The gateway has reached its maximum number of connections: try again later.');
      this.#makeRoom();
    } else if (place.excess !== null) {
      const { peer, open, mayHear } = place.excess;
      this.#peerRefusals.note(`Connections are refused: ${peer} has ${open} open, the maximum for one address`);
      if (mayHear)
        this.#refuse(socket, 'Your address has reached the maximum number of connections: use those, or close some.');
      else socket.destroy();
    }
  }

  /** Ends it after it was answered with the reason, or after a while. */
  #refuse(socket: Socket, why: string): void {
    this.#tooMany.set(socket, why);
    const timer = setTimeout(() => socket.destroy(), REFUSAL_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  /** Makes room for later connections. */
  #makeRoom(): void {
    if (performance.now() - this.#madeRoomAt < ROOM_EVERY_MS) return;
    this.#madeRoomAt = performance.now();
    this.#fastify.server.closeIdleConnections();
  }

  #noteTooMany(): void {
    this.#refusals.note(
      `Connections are refused: ${this.#open} are open, the maximum that the limit of open files allows (ulimit -n is ${this.#limits.files})`,
    );
  }
}

const LOG_EVERY_MS = 60_000;

/** Counts refusals of one kind, and logs them at most once a minute, so refused clients cannot fill the log. */
class RefusalLog {
  readonly #log: Logger;
  #count = 0;
  #logged = { at: Number.NEGATIVE_INFINITY, count: 0 };

  constructor(log: Logger) {
    this.#log = log;
  }

  /** So far. */
  get count(): number {
    return this.#count;
  }

  note(message: string): void {
    this.#count += 1;
    if (performance.now() - this.#logged.at < LOG_EVERY_MS) return;
    const refused = this.#count - this.#logged.count;
    this.#logged = { at: performance.now(), count: this.#count };
    this.#log.warn({ refused }, message);
  }
}
