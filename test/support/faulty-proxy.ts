import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BSON } from 'mongodb';
import { freePort } from '../../dev/free-port.ts';

type Direction = 'request' | 'reply';

/** Returns how many of the passing bytes still pass before their connection is cut; null if all pass and it stays. */
export type Cutter = (bytes: Buffer, direction: Direction, connection: object) => number | null;

/** A TCP proxy in front of a MongoDB server that produces the failures of networks and servers on demand. */
export class FaultyProxy implements AsyncDisposable {
  readonly #port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #connections = new Set<Connection>();
  #server: Server | null = null;
  /** The delay of everything, in milliseconds, for connections that are made from now on. */
  delayMs = 0;
  /** Whether connections stay but nothing passes, as when packets are lost. Data that was under way is lost. */
  isSilent = false;
  cutter: Cutter | null = null;
  /** The answer to inserts of rows, which then do not reach the server. */
  insertReply: BSON.Document | null = null;

  private constructor(port: number, target: { host: string; port: number }) {
    this.#port = port;
    this.#target = target;
  }

  /** @param uri of the server, with one host */
  static async start(uri: string): Promise<FaultyProxy> {
    const { hostname, port } = new URL(uri);
    const proxy = new FaultyProxy(await freePort(), { host: hostname, port: Number(port || 27_017) });
    await proxy.comeBack();
    return proxy;
  }

  /** The same database through the proxy. The driver must not connect to any other server. */
  uriOf(database: string, options: Readonly<Record<string, string>> = {}): string {
    const url = new URL(database);
    url.host = `127.0.0.1:${this.#port}`;
    for (const [name, value] of Object.entries({ directConnection: 'true', ...options })) {
      url.searchParams.set(name, value);
    }
    return url.href;
  }

  /** Cuts all connections and refuses new ones. */
  async goAway(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
    for (const connection of this.#connections) connection.cut();
    await closed;
  }

  async comeBack(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.goAway();
  }

  #accept(client: Socket): void {
    // It arrived before the proxy went away.
    if (this.#server === null) return void client.destroy();
    const connection = new Connection(client, connect(this.#target), this);
    this.#connections.add(connection);
    client.once('close', () => this.#connections.delete(connection));
  }
}

class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #proxy: FaultyProxy;
  readonly #delayMs: number;
  #isCut = false;
  /** The number of bytes still to come of the insert that is answered here. */
  #swallowing: { requestId: number; left: number } | null = null;

  constructor(client: Socket, server: Socket, proxy: FaultyProxy) {
    this.#client = client;
    this.#server = server;
    this.#proxy = proxy;
    this.#delayMs = proxy.delayMs;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.cut());
      socket.on('close', () => this.cut());
    }
    client.on('data', (bytes) => this.#take(bytes as Buffer, 'request'));
    server.on('data', (bytes) => this.#take(bytes as Buffer, 'reply'));
  }

  cut(): void {
    this.#isCut = true;
    this.#client.destroy();
    this.#server.destroy();
  }

  #take(bytes: Buffer, direction: Direction): void {
    if (this.#isCut || this.#proxy.isSilent) return;
    if (direction === 'request' && this.#answer(bytes)) return;
    const passing = this.#proxy.cutter?.(bytes, direction, this) ?? null;
    if (passing === null) {
      this.#pass(bytes, direction);
      return;
    }
    this.#isCut = true;
    this.#socketFor(direction).write(bytes.subarray(0, passing), () => this.cut());
  }

  #pass(bytes: Buffer, direction: Direction): void {
    if (this.#delayMs === 0) this.#socketFor(direction).write(bytes);
    else void delay(this.#delayMs).then(() => this.#isCut || this.#socketFor(direction).write(bytes));
  }

  #socketFor(direction: Direction): Socket {
    return direction === 'request' ? this.#server : this.#client;
  }

  /** Answers an insert instead of the server. Drivers send one request at a time, so it begins with a chunk. */
  #answer(bytes: Buffer): boolean {
    const { insertReply } = this.#proxy;
    const isInsert = isCommand(bytes, 'insert') && !isCommand(bytes, 'insert', 'state');
    if (insertReply !== null && this.#swallowing === null && isInsert) {
      this.#swallowing = { requestId: bytes.readInt32LE(4), left: bytes.readInt32LE(0) };
    }
    if (this.#swallowing === null) return false;
    this.#swallowing.left -= bytes.length;
    if (this.#swallowing.left > 0) return true;
    this.#client.write(messageOf(insertReply ?? { ok: 1 }, this.#swallowing.requestId));
    this.#swallowing = null;
    return true;
  }
}

const OP_MSG = 2013;
/** The header, the flags, and the kind and size of the first section come before the command's name. */
const COMMAND_AT = 16 + 4 + 1 + 4;

/** Whether a message with a command of that name begins here; for an insert or an update, also of that collection. */
export function isCommand(bytes: Buffer, name: string, collection = ''): boolean {
  const isString = '\u0002';
  const start = bytes.subarray(COMMAND_AT, COMMAND_AT + 1 + name.length + 1).toString('latin1');
  if (start !== `${isString}${name}\0`) return false;
  const value = bytes.subarray(COMMAND_AT + start.length + 4).toString('latin1', 0, collection.length + 1);
  return collection === '' || value === `${collection}\0`;
}

function messageOf(reply: BSON.Document, responseTo: number): Buffer {
  const body = Buffer.concat([Buffer.alloc(5), BSON.serialize(reply)]);
  const header = Buffer.alloc(16);
  header.writeInt32LE(header.length + body.length, 0);
  header.writeInt32LE(responseTo, 8);
  header.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([header, body]);
}
