import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { BitqlError } from '../../errors.ts';
import type { OpenFiles } from './connection-limit.ts';
import { ConnectionsOfPeers, type PeerOf } from './connections-of-peers.ts';
import { ToldRefusals } from './told-refusals.ts';

/** How long whoever is one too many may take to ask, and so to hear why it is refused. */
const REFUSAL_MS = 2_000;
/** Of those that connections may be, how many are for telling others that there are too many. */
const REFUSING_SHARE = 0.1;
const ROOM_EVERY_MS = 1_000;

export interface ConnectionsOptions {
  readonly log: Logger;
  /** Null for none. */
  readonly limits: OpenFiles | null;
  readonly peerOf: PeerOf;
}

/**
 * Keeps connections below the limit of open files: there Node would end new ones without a word, and the store could open
 * nothing. Before anybody is refused, connections that are idle end. One address may only have a share of them.
 */
export class Connections {
  readonly #fastify: FastifyInstance;
  readonly #limits: OpenFiles;
  readonly #most: number;
  readonly #ofPeers: ConnectionsOfPeers;
  readonly #tooMany = new WeakMap<Socket, string>();
  readonly #ofAllTold: ToldRefusals;
  readonly #ofPeersTold: ToldRefusals;
  #open = 0;
  #madeRoomAt = Number.NEGATIVE_INFINITY;

  private constructor(fastify: FastifyInstance, { log, limits, peerOf }: ConnectionsOptions) {
    this.#fastify = fastify;
    this.#limits = limits ?? { files: Number.POSITIVE_INFINITY, connections: Number.POSITIVE_INFINITY };
    this.#most = Math.ceil(this.#limits.connections * (1 - REFUSING_SHARE));
    this.#ofPeers = new ConnectionsOfPeers(this.#most, peerOf);
    this.#ofAllTold = new ToldRefusals(log);
    this.#ofPeersTold = new ToldRefusals(log);
  }

  /** Begins to count. */
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
    return this.#ofAllTold.count + this.#ofPeersTold.count;
  }

  /** @throws OVERLOADED for a connection that is one too many */
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
      this.#ofPeersTold.note(`Connections are refused: ${peer} has ${open} open, the maximum for one address`);
      if (mayHear)
        this.#refuse(socket, 'Your address has reached the maximum number of connections: use those, or close some.');
      else socket.destroy();
    }
  }

  /** Ends it, once it has heard why. */
  #refuse(socket: Socket, why: string): void {
    this.#tooMany.set(socket, why);
    const timer = setTimeout(() => socket.destroy(), REFUSAL_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  /** For whoever comes next. */
  #makeRoom(): void {
    if (performance.now() - this.#madeRoomAt < ROOM_EVERY_MS) return;
    this.#madeRoomAt = performance.now();
    this.#fastify.server.closeIdleConnections();
  }

  #noteTooMany(): void {
    this.#ofAllTold.note(
      `Connections are refused: ${this.#open} are open, the maximum that the limit of open files allows (ulimit -n is ${this.#limits.files})`,
    );
  }
}
