import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, handleProtocols, type Server as Protocol } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { errorCode } from '../../errors.ts';
import type { Admission, OriginPolicy } from '../../origins/origin-policy.ts';
import type { Callers } from '../callers/callers.ts';
import type { AnswerMemory } from '../limits/answer-memory.ts';
import type { Connections } from '../limits/connections.ts';
import { inRequest, requestId } from '../observe/request-scope.ts';
import type { PersistedQueries } from '../requests/persisted-queries.ts';
import { holdHalfSent } from './half-sent.ts';
import { OpenStreams } from './open-streams.ts';
import { OperationIds } from './operation-ids.ts';
import { onPaidMessage } from './paid-messages.ts';
import { spread } from './spread.ts';
import type { StreamOptions } from './stream-options.ts';
import { graphqlOverWebSocket, type SocketExtra } from './websocket-protocol.ts';

export interface WebSocketOptions extends StreamOptions {
  readonly path: string;
  readonly connections: Connections;
  readonly maxMessageBytes: number;
  /** For messages that are half sent. */
  readonly memory: AnswerMemory;
  readonly persisted: PersistedQueries;
  /** Null where nobody is told apart. */
  readonly callers: Callers | null;
  /** Null where everybody may do anything. */
  readonly policy: OriginPolicy | null;
}

/** Close codes: RFC 6455; those from 4000 on are an application's own. */
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;
const BAD_MESSAGE = 4400;
const SLOW_READER = 4410;
/** Messages that one connection did not take: no client that takes any waits for as many. */
const MAX_WAITING = 2_000;
/** What a message takes in memory beside its text. */
const MESSAGE_BYTES = 1_024;
/** Of one message: clients send one; and what it comes in over the network, each of which takes memory beside its bytes. */
const MAX_FRAGMENTS = 256;
const MAX_CHUNKS = 4_096;
const NO_HANDSHAKE =
  'This is not a WebSocket handshake, version 13 (RFC 6455): connect by GET, with a WebSocket client.\n';
/** How long a client is given to answer that a connection ends. */
const FAREWELL_MS = 1_000;

/** Serves operations over WebSockets at a path of an HTTP server. */
export class WebSockets {
  readonly #server: WebSocketServer;
  readonly #protocol: Protocol<SocketExtra>;
  readonly #options: WebSocketOptions;
  #isClosed = false;

  constructor(http: Server, options: WebSocketOptions) {
    this.#options = options;
    this.#protocol = graphqlOverWebSocket(
      options.operations,
      options.subscriptions,
      options.callers,
      options.persisted,
    );
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxMessageBytes,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_CHUNKS,
      handleProtocols,
    });
    // The library's own answer has its own words.
    this.#server.on('wsClientError', (_error, connection) => refuse(connection, '400 Bad Request', NO_HANDSHAKE));
    http.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
      const admission = this.#admit(request, connection);
      if (admission === 'refused') return;
      this.#server.handleUpgrade(request, connection, head, (socket) => this.#serve(socket, request, admission));
    });
  }

  /** A browser connects for pages of every origin, without asking first: whoever may not is refused here. */
  #admit(request: IncomingMessage, connection: Duplex): Admission | null | 'refused' {
    const { path, policy, connections, log } = this.#options;
    try {
      connections.require(connection);
      const admission = policy?.admit(request) ?? null;
      if (request.url?.split('?')[0] !== path) refuse(connection, '404 Not Found');
      else if (this.#isClosed) refuse(connection, '503 Service Unavailable');
      else return admission;
    } catch (error) {
      log.debug({ err: error }, 'A WebSocket was refused');
      refuse(
        connection,
        errorCode(error) === 'OVERLOADED' ? '503 Service Unavailable' : '403 Forbidden',
        `${(error as Error).message}\n`,
      );
    }
    return 'refused';
  }

  /** Ends all connections within a time. */
  close(spreadMs: number): Promise<void> {
    this.#isClosed = true;
    return spread(this.#server.clients, spreadMs, (socket) => endSocket(socket, GOING_AWAY, 'Going away'));
  }

  #serve(socket: WebSocket, request: IncomingMessage, admission: Admission | null): void {
    const { log, callers } = this.#options;
    // What a client does wrong on this level, the socket answers itself, by closing.
    socket.on('error', (error) => log.debug({ err: error }, 'A WebSocket broke'));
    let waiting = 0;
    const send = async (message: string | Buffer) => {
      if (socket.readyState !== socket.OPEN) return;
      waiting += 1;
      if (waiting > MAX_WAITING || !(await this.#isTaken(socket, message))) this.#cutOff(socket);
      waiting -= 1;
    };
    const caller = callers?.at(request) ?? null;
    const end = (code: number | undefined, reason: string | undefined) => endSocket(socket, code, reason);
    const isCounted = caller?.connections.tryTake() ?? true;
    let hear: (text: string) => Promise<void> = async () => {};
    const operationIds = new OperationIds(
      (text) => this.#handle(socket, () => hear(text)),
      () => end(CloseCode.SubscriberAlreadyExists, 'An operation with this id is running'),
    );
    const streams = new OpenStreams();
    const extra: SocketExtra = { request, admission, caller, isCounted, operationIds, streams, end, send };
    holdHalfSent(socket, request.socket, {
      open: () => this.#options.memory.openBody(extra.caller?.isStranger ?? false),
      onRefused: () => {
        end(TRY_AGAIN_LATER, 'OVERLOADED');
        socket.pause();
      },
    });
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send,
        close: end,
        onMessage: (receive) => {
          hear = receive;
          onPaidMessage(
            socket,
            () => extra.caller?.account ?? null,
            (text) => operationIds.receive(text),
          );
        },
      },
      extra,
    );
    const stopBeating = this.#beat(socket, () => {
      const ping = waiting === 0 ? streams.ping() : null;
      if (ping !== null) void send(ping);
    });
    socket.once('close', (code, reason) => {
      stopBeating();
      operationIds.close();
      void closed(code, String(reason));
    });
  }

  /** Has a message heard. @returns resolves when what it began is over */
  async #handle(socket: WebSocket, hear: () => Promise<void>): Promise<void> {
    const { log } = this.#options;
    const scope = { id: requestId(undefined), transport: 'websocket' } as const;
    try {
      await inRequest(scope, hear);
    } catch (error) {
      if (isForServers(error)) return endSocket(socket, BAD_MESSAGE, 'Invalid message received');
      log.error({ err: error, requestId: scope.id }, 'A WebSocket message could not be handled');
      endSocket(socket, INTERNAL_ERROR, 'An unexpected error occurred');
    }
  }

  /** Resolves when it is on its way; to false where it is not taken within some time. */
  #isTaken(socket: WebSocket, message: string | Buffer): Promise<boolean> {
    const { unsent, times } = this.#options;
    return unsent.send(message.length + MESSAGE_BYTES, times.stallMs, (taken) =>
      socket.send(message, { binary: false }, () => taken()),
    );
  }

  #cutOff(socket: WebSocket): void {
    if (socket.readyState !== socket.OPEN) return;
    const { log, subscriptions } = this.#options;
    subscriptions.cutOff('websocket');
    log.info({ code: 'SLOW_READER' }, 'A WebSocket was closed');
    endSocket(socket, SLOW_READER, 'SLOW_READER: subscribe again, after the last cursor that you received');
  }

  /**
   * Whoever does not answer one ping by the next is gone.
   * @param tell called with each
   */
  #beat(socket: WebSocket, tell: () => void): () => void {
    let isAlive = true;
    socket.on('pong', () => {
      isAlive = true;
    });
    const timer = setInterval(() => {
      // Whoever is not read from cannot answer.
      if (socket.isPaused) return;
      if (!isAlive) socket.terminate();
      isAlive = false;
      if (socket.readyState !== socket.OPEN) return;
      socket.ping();
      tell();
    }, this.#options.times.heartbeatMs);
    return () => clearInterval(timer);
  }
}

/** Whether a client sent what only a server may: the library takes that for a mistake of its user. */
function isForServers(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected message of type');
}

/** Node leaves a connection that is to be something else to us, with its errors and its end. */
function refuse(connection: Duplex, status: string, why = ''): void {
  const head = [
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(why)}`,
    'Sec-WebSocket-Version: 13',
  ];
  connection.on('error', () => connection.destroy());
  connection.end(`HTTP/1.1 ${status}\r\n${head.join('\r\n')}\r\n\r\n${why}`, () => connection.destroy());
}

function endSocket(socket: WebSocket, code: number | undefined, reason: string | undefined): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(code, reason);
  const timer = setTimeout(() => socket.terminate(), FAREWELL_MS);
  socket.once('close', () => clearTimeout(timer));
}
