import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { freePort } from '../../../../dev/free-port.ts';
import { Sandbox } from '../../../../dev/sandbox.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
  /** By `performance.now()`. */
  readonly at: number;
}

export interface CannedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request in progress and its answer. */
interface Exchange {
  readonly asked: ProxiedRequest;
  readonly response: ServerResponse;
  /** Nothing passes any more, as if packets were lost. */
  isDead: boolean;
}

/** An HTTP proxy in front of a Kubernetes API. It fails like networks and servers do, when the test says so. */
export class ApiProxy implements AsyncDisposable {
  readonly #api: KubernetesApi;
  readonly #token: string;
  readonly #port: number;
  readonly #agent: Agent;
  readonly #sandbox = new Sandbox('api-proxy');
  readonly #exchanges = new Set<Exchange>();
  #server: Server | null = null;
  #isSilent = false;
  /** How many were ever opened. */
  connections = 0;
  /** All requests so far, including those that did not get through. */
  readonly requests: ProxiedRequest[] = [];
  /** Answers a request instead of the API; null lets it through. */
  answer: (request: ProxiedRequest) => CannedAnswer | null = () => null;

  private constructor(api: KubernetesApi, token: string, port: number) {
    this.#api = api;
    this.#token = token;
    this.#port = port;
    this.#agent = new Agent({ ca: api.authority, keepAlive: true });
  }

  /** @param token the token of its clients [an administrator's] */
  static async start(api: KubernetesApi, token = api.token): Promise<ApiProxy> {
    const proxy = new ApiProxy(api, token, await freePort());
    await proxy.comeBack();
    return proxy;
  }

  /** A kubeconfig for clients that go through the proxy. */
  get kubeconfig(): string {
    const file = join(this.#sandbox.folder, 'kubeconfig');
    const cluster = { server: `http://127.0.0.1:${this.#port}`, 'insecure-skip-tls-verify': true };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'proxy',
      contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'admin' } }],
      clusters: [{ name: 'proxy', cluster }],
      users: [{ name: 'admin', user: { token: this.#token } }],
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** Writing requests, except those for the lease. */
  get writes(): readonly ProxiedRequest[] {
    return this.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'));
  }

  get openWatches(): number {
    return [...this.#exchanges].filter(({ asked, isDead }) => asked.isWatch && !isDead).length;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const { response } of this.#exchanges) response.destroy();
  }

  /** Cuts all connections and refuses new ones. */
  async goAway(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
    server?.closeAllConnections();
    await closed;
  }

  async comeBack(): Promise<void> {
    const server = createServer((incoming, response) => this.#take(incoming, response));
    server.on('connection', () => this.connections++);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  /** Whether connections stay open but nothing passes. Connections from then stay dead afterwards. */
  set isSilent(isSilent: boolean) {
    this.#isSilent = isSilent;
    if (isSilent) for (const exchange of this.#exchanges) exchange.isDead = true;
  }

  /** Ends each watch with a line of the API server: an ERROR, or events that were sent before. */
  endWatches(line: object): void {
    for (const { asked, response, isDead } of this.#exchanges) {
      if (asked.isWatch && !isDead) response.end(`${JSON.stringify(line)}\n`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goAway();
    this.#agent.destroy();
    await this.#sandbox.close();
  }

  #take(incoming: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = incoming;
    const asked = { method, path: url, isWatch: url.includes('watch=true'), at: performance.now() };
    const exchange: Exchange = { asked, response, isDead: this.#isSilent };
    this.requests.push(asked);
    this.#exchanges.add(exchange);
    response.once('close', () => this.#exchanges.delete(exchange));
    if (exchange.isDead) return;
    const canned = this.answer(asked);
    if (canned !== null) {
      incoming.resume();
      response.writeHead(canned.status, canned.headers).end(canned.body ?? '');
    } else this.#forward(incoming, exchange);
  }

  #forward(incoming: IncomingMessage, exchange: Exchange): void {
    const { response } = exchange;
    const { connection: _, host: __, ...headers } = incoming.headers;
    const options = { method: incoming.method!, headers, agent: this.#agent };
    const onward = request(new URL(incoming.url!, this.#api.url), options, (answer) => {
      if (exchange.isDead) return void answer.resume();
      response.writeHead(answer.statusCode!, answer.headers);
      response.flushHeaders();
      answer.on('data', (bytes: Buffer) => {
        if (!exchange.isDead && !response.writableEnded) response.write(bytes);
      });
      answer.on('end', () => exchange.isDead || response.end());
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}
