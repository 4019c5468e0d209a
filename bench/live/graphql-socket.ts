import { WebSocket } from 'ws';
import type { Operation, Result } from './subscription.ts';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A connection for any number of operations: graphql-transport-ws, as far as it is needed here. */
export class GraphqlSocket implements Disposable {
  readonly #socket: WebSocket;
  readonly #operations: ((message: Message) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** @param url of the endpoint, as for HTTP */
  static async open(url: string): Promise<GraphqlSocket> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const opened = new GraphqlSocket(socket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('open', () => opened.#send({ type: 'connection_init' }));
    socket.on('error', reject);
    socket.on('message', (data) => {
      const message: Message = JSON.parse(String(data));
      if (message.type === 'connection_ack') resolve();
      else if (message.type === 'ping') opened.#send({ type: 'pong' });
      else opened.#operations[Number(message.id)]!(message);
    });
    await promise;
    return opened;
  }

  subscribe(operation: Operation, onResult: (result: Result) => void): void {
    this.#begin(operation, ({ type, payload }) => {
      if (type !== 'next') throw new Error(`a subscription ended: ${JSON.stringify({ type, payload })}`);
      onResult(payload as Result);
    });
  }

  /** Resolves when a query is answered. */
  ask(operation: Operation): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#begin(operation, ({ type, payload }) => {
      if (type === 'complete') resolve();
      if (type === 'error') reject(new Error(JSON.stringify(payload)));
    });
    return promise;
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #begin(payload: Operation, onMessage: (message: Message) => void): void {
    const id = String(this.#operations.push(onMessage) - 1);
    this.#send({ type: 'subscribe', id, payload });
  }

  #send(message: Message): void {
    this.#socket.send(JSON.stringify(message));
  }
}
