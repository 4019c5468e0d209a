import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../dev/until.ts';

/** How often gateways are asked whether they are ready. */
const PROBE_MS = 50;

/**
 * Forwards connections in turn to the gateways that report at `/readyz` that they are ready. Like a service of Kubernetes it
 * does not know requests: a connection stays at its gateway.
 */
export class Balancer implements AsyncDisposable {
  /** The number of connections forwarded to each gateway. */
  readonly served = new Map<string, number>();
  readonly #server: Server;
  readonly #ready = new Set<string>();
  readonly #sockets = new Set<Socket>();
  readonly #stop = new AbortController();
  readonly #probing: Promise<unknown>;
  #turn = 0;

  private constructor(gateways: readonly string[], server: Server) {
    this.#server = server;
    server.on('connection', (client) => this.#hand(client));
    this.#probing = Promise.all(gateways.map((url) => this.#probe(url)));
  }

  static async before(gateways: readonly string[]): Promise<Balancer> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const balancer = new Balancer(gateways, server);
    for (const url of gateways) await balancer.untilReady(url);
    return balancer;
  }

  get url(): string {
    const { port } = this.#server.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  async untilReady(url: string): Promise<void> {
    await until(`${url} to be ready`, () => this.#ready.has(url));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#probing;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #hand(client: Socket): void {
    const ready = [...this.#ready];
    const url = ready[this.#turn++ % ready.length];
    if (url === undefined) return void client.destroy();
    this.served.set(url, (this.served.get(url) ?? 0) + 1);
    const { hostname, port } = new URL(url);
    const gateway = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    this.#join(client, gateway);
    this.#join(gateway, client);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay();
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  async #probe(url: string): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const response = await fetch(`${url}/readyz`, { signal }).catch(() => null);
      await response?.body?.cancel();
      if (response?.ok === true) this.#ready.add(url);
      else this.#ready.delete(url);
      await sleep(PROBE_MS, undefined, { signal }).catch(() => {});
    }
  }
}
