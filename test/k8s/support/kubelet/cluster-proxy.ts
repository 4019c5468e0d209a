import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ServiceTable } from './service-table.ts';

/**
 * An HTTP proxy for programs outside of the cluster, such as an operator in a process of this machine. Names of
 * Services lead to the same place as for Pods, all others as usual.
 */
export class ClusterProxy implements AsyncDisposable {
  readonly #table: () => ServiceTable;
  readonly #server = createServer((asked, answer) => this.#forward(asked, answer));
  readonly #tunnels = new Set<Socket>();

  private constructor(table: () => ServiceTable) {
    this.#table = table;
    this.#server.on('connect', (asked, client: Socket, head) => this.#tunnel(asked.url!, client, head));
  }

  static async start(table: () => ServiceTable): Promise<ClusterProxy> {
    const proxy = new ClusterProxy(table);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    proxy.#server.once('error', reject);
    proxy.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#server.close(resolve);
    this.#server.closeAllConnections();
    for (const socket of this.#tunnels) socket.destroy();
    await promise;
  }

  /** Null if no Pod of the Service is ready. */
  #addressOf(name: string): string | null {
    const addresses = this.#table().addressesOf(name);
    return addresses === null ? name : (addresses[0] ?? null);
  }

  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    const refuse = (reason: string): void => {
      answer.writeHead(502).end(reason);
    };
    const url = URL.parse(asked.url!);
    const host = url && this.#addressOf(url.hostname);
    if (url === null || host === null) {
      refuse(url === null ? 'this is a proxy: it wants whole addresses' : `no Pod of ${url.hostname} is ready`);
      return;
    }
    const { port, pathname, search } = url;
    const { 'proxy-connection': _, ...headers } = asked.headers;
    const { method } = asked;
    const passed = request({ host, port: port || 80, path: pathname + search, method: method!, headers }, (given) => {
      answer.writeHead(given.statusCode!, given.headers);
      given.pipe(answer);
      given.on('error', () => answer.destroy());
    });
    passed.on('error', ({ message }) => {
      if (answer.headersSent) answer.destroy();
      else refuse(message);
    });
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  }

  #tunnel(target: string, client: Socket, head: Buffer): void {
    const { hostname, port } = new URL(`tcp://${target}`);
    const host = this.#addressOf(hostname);
    if (host === null) return void client.end('HTTP/1.1 502 no Pod is ready\r\n\r\n');
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 connected\r\n\r\n');
      server.write(head);
      server.pipe(client).pipe(server);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#tunnels.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#tunnels.delete(socket);
        other.destroySoon();
      });
    }
  }
}
