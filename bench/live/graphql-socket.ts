import { WebSocket } from 'ws';
import type { Operation, Result } from './subscription.ts';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A connection for any number of operations: the part of graphql-transport-ws that is needed here. */
export class GraphqlSocket implements Disposable {
  readonly #socket: WebSocket;
  readonly #operations: ((message: Message) => void)[] = [];

  /** Rejects when the connection has ended. */
  readonly closed: Promise<never>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    const { promise, reject } = Promise.withResolvers<never>();
    this.closed = promise;
    promise.catch(() => {});
    socket.once('close', (code, reason) => reject(new Error(`the gateway closed with ${code} ${reason}`)));
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

  /** @param onEnd called when the gateway ends it [an error] */
  subscribe(operation: Operation, onResult: (result: Result) => void, onEnd: (error: Error) => void = raise): void {
    this.#begin(operation, ({ type, payload }) => {
      if (type === 'next') onResult(payload as Result);
      else onEnd(new Error(`a subscription ended: ${JSON.stringify({ type, payload })}`));
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

  /**
   * Takes some results of an operation, or all if there are fewer, and ends it.
   * @returns `ok`, or the code of its error
   * @throws Error if the gateway ends the connection
   */
  async take(operation: Operation, count: number): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    let taken = 0;
    const id = this.#begin(operation, ({ type, payload }) => {
      if (type === 'error') resolve((payload as { extensions: { code: string } }[])[0]!.extensions.code);
      if (type === 'complete') resolve('ok');
      taken += 1;
      if (taken !== count) return;
      this.#send({ type: 'complete', id });
      resolve('ok');
    });
    return Promise.race([promise, this.closed]);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #begin(payload: Operation, onMessage: (message: Message) => void): string {
    const id = String(this.#operations.push(onMessage) - 1);
    this.#send({ type: 'subscribe', id, payload });
    return id;
  }

  #send(message: Message): void {
    this.#socket.send(JSON.stringify(message));
  }
}

function raise(error: Error): never {
  throw error;
}
