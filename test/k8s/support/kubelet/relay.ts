import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Accepts TCP connections at an address and passes each on to the target of that moment. */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(to: () => Address | null) {
    this.#server = createServer((client) => {
      const target = to();
      if (target === null) client.resetAndDestroy();
      else this.#join(client, connect(target));
    });
  }

  /** @param to null if there is no target: the connection is refused */
  static async listen(at: Address, to: () => Address | null): Promise<Relay> {
    const relay = new Relay(to);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    relay.#server.once('error', reject);
    relay.#server.listen(at.port, at.host, resolve);
    await promise;
    return relay;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, target: Socket): void {
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
      socket.pipe(other);
    }
  }
}
