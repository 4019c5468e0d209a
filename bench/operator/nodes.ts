import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { json } from 'node:stream/consumers';

interface Call {
  readonly id: unknown;
  readonly method: string;
}

const FIRST_HEIGHT = 100;
/** The time before the first block, in Unix seconds. */
const FIRST_TIME = Math.floor(Date.now() / 1_000) - 600 * FIRST_HEIGHT;
const WORK = '2'.padStart(64, '0');

/** Simulates a bitcoind at each address of 127.0.0.0/8, each with its own chain, which gets blocks on request. */
export class Nodes implements AsyncDisposable {
  readonly #server: Server;
  readonly #heights = new Map<string, number>();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const host = request.headers.host!;
      const body = (await json(request)) as Call | Call[];
      const answer = (call: Call) => ({ id: call.id, error: null, result: this.#answer(host, call.method) });
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(Array.isArray(body) ? body.map(answer) : answer(body)));
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(): Promise<Nodes> {
    const nodes = new Nodes();
    await new Promise<void>((resolve) => nodes.#server.listen(0, '0.0.0.0', resolve));
    return nodes;
  }

  /** The URL of a node by its number. Each has its own host. */
  url(node: number): string {
    return `http://${this.#host(node)}`;
  }

  height(node: number): number {
    return this.#heights.get(this.#host(node)) ?? FIRST_HEIGHT;
  }

  /** @returns the hash of the block */
  mine(node: number): string {
    const height = this.height(node) + 1;
    this.#heights.set(this.#host(node), height);
    return hashOf(this.#host(node), height);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #host(node: number): string {
    return `127.80.${node >> 8}.${node & 255}:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(host: string, method: string): unknown {
    const height = this.#heights.get(host) ?? FIRST_HEIGHT;
    const hash = hashOf(host, height);
    const time = FIRST_TIME + 600 * height;
    switch (method) {
      case 'getblockchaininfo':
        return {
          ...{ chain: 'regtest', blocks: height, headers: height, bestblockhash: hash, mediantime: time },
          ...{ chainwork: WORK, initialblockdownload: false, verificationprogress: 1, pruned: false },
          size_on_disk: 1_000_000,
        };
      case 'getblockheader':
        return { hash, height, time, chainwork: WORK, confirmations: 1 };
      case 'getnetworkinfo':
        return {
          ...{ version: 310_000, subversion: '/Satoshi:31.0.0/', protocolversion: 70_016 },
          ...{ connections: 8, connections_in: 0, connections_out: 8 },
        };
      case 'getchaintips':
        return [{ hash, height, branchlen: 0, status: 'active' }];
      default:
        return null;
    }
  }
}

function hashOf(host: string, height: number): string {
  return createHash('sha256').update(`${host} ${height}`).digest('hex');
}

/** Accepts connections at any address of 127.0.0.0/8 and never answers. */
export class SilentNodes implements AsyncDisposable {
  readonly #server = createTcpServer((socket) => socket.on('error', () => {}).resume());

  static async start(): Promise<SilentNodes> {
    const nodes = new SilentNodes();
    await new Promise<void>((resolve) => nodes.#server.listen(0, '0.0.0.0', resolve));
    return nodes;
  }

  url(node: number): string {
    return `http://127.81.0.${node + 1}:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}

/** Gateways of the indexes `index-NUMBER`, which have the same tips as their nodes, at the port that the operator asks. */
export async function serveGateways(nodes: Nodes): Promise<AsyncDisposable> {
  const server = createServer(({ headers }, response) => {
    const height = nodes.height(Number(/^index-(\d+)\./.exec(headers.host!)![1]));
    const chain = { network: 'regtest', tip: { height }, nodeTip: { height }, coverage: [{ from: 0, to: height }] };
    response.end(JSON.stringify({ store: { reachable: true }, chain }));
  });
  server.keepAliveTimeout = 60_000;
  // See service-names.mjs.
  await new Promise<void>((resolve) => server.listen(4_000, '127.84.0.1', resolve));
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
