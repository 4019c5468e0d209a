import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, handleProtocols, type Server as Protocol } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { errorCode } from '../../errors.ts';
import type { Admission, OriginPolicy } from '../../origin-policy.ts';
import type { Callers } from '../callers/callers.ts';
import type { Connections } from '../limits/connections.ts';
import type { AnswerMemory } from '../limits/memory.ts';
import { inRequest, requestId } from '../observe/request-scope.ts';
import type { PersistedQueries } from '../requests/persisted-queries.ts';
import { holdHalfSent, onPaidMessage } from './socket-messages.ts';
import { OpenStreams, OperationIds } from './socket-operations.ts';
import { type StreamOptions, spread } from './stream-options.ts';
import { graphqlOverWebSocket, type SocketExtra } from './websocket-protocol.ts';

export interface WebSocketOptions extends StreamOptions {
  readonly path: string;
  readonly connections: Connections;
  readonly maxMessageBytes: number;
  /** For incomplete messages. */
  readonly memory: AnswerMemory;
  readonly persisted: PersistedQueries;
  /** Null if callers are not distinguished. */
  readonly callers: Callers | null;
  /** Null if all origins may do everything. */
  readonly policy: OriginPolicy | null;
}

/** Close codes: RFC 6455; codes from 4000 on are an application's own. */
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;
const BAD_MESSAGE = 4400;
const SLOW_READER = 4410;
/** Unsent messages of one connection: no client that reads at all waits for so many. */
const MAX_WAITING = 2_000;
/** Memory of a message beside its text. */
const MESSAGE_BYTES = 1_024;
/**
 * The most fragments of one message (clients send one), and the most chunks in which it arrives over the network: each takes
 * memory beside its bytes.
 */
const MAX_FRAGMENTS = 256;
const MAX_CHUNKS = 4_096;
const NO_HANDSHAKE =
  'This is not a WebSocket handshake, version 13 (RFC 6455): connect by GET, with a WebSocket client.\n';
/** How long a client may take to confirm that a connection ends. */
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
    // Replaces the library's own message.
    this.#server.on('wsClientError', (_error, connection) => refuse(connection, '400 Bad Request', NO_HANDSHAKE));
    http.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
      const admission = this.#admit(request, connection);
      if (admission === 'refused') return;
      this.#server.handleUpgrade(request, connection, head, (socket) => this.#serve(socket, request, admission));
    });
  }

  /** A browser connects for pages of every origin, without a preflight request, so origins are checked here. */
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
    // The socket answers protocol errors of clients itself, by closing.
    socket.on('error', (error) => log.debug({ err: error }, 'A WebSocket broke'));
    let waiting = 0;
    const send = async (message: string | Buffer) => {
      if (socket.readyState !== socket.OPEN) return;
      waiting += 1;
      if (waiting > MAX_WAITING || !(await this.#isSent(socket, message))) this.#cutOff(socket);
      waiting -= 1;
    };
    const caller = callers?.at(request) ?? null;
    const end = (code: number | undefined, reason: string | undefined) => endSocket(socket, code, reason);
    const isCounted = caller?.connections.tryTake() ?? true;
    let handle: (text: string) => Promise<void> = async () => {};
    const operationIds = new OperationIds(
      (text) => this.#handle(socket, () => handle(text)),
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
          handle = receive;
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

  /** Handles a message. @returns resolves when what it began is over */
  async #handle(socket: WebSocket, handle: () => Promise<void>): Promise<void> {
    const { log } = this.#options;
    const scope = { id: requestId(undefined), transport: 'websocket' } as const;
    try {
      await inRequest(scope, handle);
    } catch (error) {
      if (isForServers(error)) return endSocket(socket, BAD_MESSAGE, 'Invalid message received');
      log.error({ err: error, requestId: scope.id }, 'A WebSocket message could not be handled');
      endSocket(socket, INTERNAL_ERROR, 'An unexpected error occurred');
    }
  }

  /** Resolves to true when it is sent, to false if it is not sent in time. */
  #isSent(socket: WebSocket, message: string | Buffer): Promise<boolean> {
    const { unsent, times } = this.#options;
    return unsent.send(message.length + MESSAGE_BYTES, times.stallMs, (sent) =>
      socket.send(message, { binary: false }, () => sent()),
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
   * Terminates a connection that does not answer one ping before the next.
   * @param onBeat called with each ping
   */
  #beat(socket: WebSocket, onBeat: () => void): () => void {
    let isAlive = true;
    socket.on('pong', () => {
      isAlive = true;
    });
    const timer = setInterval(() => {
      // A paused connection is not read, so its answer cannot arrive.
      if (socket.isPaused) return;
      if (!isAlive) socket.terminate();
      isAlive = false;
      if (socket.readyState !== socket.OPEN) return;
      socket.ping();
      onBeat();
    }, this.#options.times.heartbeatMs);
    return () => clearInterval(timer);
  }
}

/** Whether a client sent a message that only a server may send: the library treats it as an error of its user. */
function isForServers(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected message of type');
}

/** Node leaves an upgraded connection to us, with its errors and its end. */
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
