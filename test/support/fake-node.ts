import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import pLimit from 'p-limit';
import type { RegtestNode } from '../../dev/regtest.ts';

/** A request to a node: a path to GET, or a call. */
export interface Question {
  readonly path: string;
  /** The RPC method; absent for a path to GET. */
  readonly method?: string;
  readonly params?: readonly unknown[];
  /** The number of calls in the request. */
  readonly together?: number;
}

/** The answer of a FakeNode to a question. The real node behind it answers everything that is left out. */
export interface Answer {
  /** The answer to the whole request, even if it has other calls. */
  readonly status?: number;
  /** Bytes are sent unchanged, texts as JSON or as a page. */
  readonly body?: string | Uint8Array;
  readonly respond?: (response: ServerResponse) => void;
  /** The result of a call. */
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
  /** The parameters with which the real node is called instead. */
  readonly params?: readonly unknown[];
  /** The answers of a batch come in reverse order. */
  readonly shuffled?: boolean;
}

export type Script = (question: Question) => Answer | null;

/** A server with scripted answers that no real node gives on demand, alone or in front of a real one. */
export class FakeNode implements AsyncDisposable {
  readonly #server: Server;
  readonly #script: Script;
  readonly #behind: RegtestNode | null;
  /** The path below which it serves. Requests for other paths get the answer of a web server. */
  readonly #path: string;
  readonly #questions: Question[] = [];
  /** The real node gets each call of a batch separately, and not too many at once. */
  readonly #asking = pLimit(16);
  /** The answers that are under way. */
  #open = 0;

  private constructor(script: Script, behind: RegtestNode | null, path = '') {
    this.#path = path;
    this.#script = script;
    this.#behind = behind;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static alone(script: Script): Promise<FakeNode> {
    return new FakeNode(script, null).#listen();
  }

  static before(node: RegtestNode, script: Script = () => null): Promise<FakeNode> {
    return new FakeNode(script, node).#listen();
  }

  /** @param path such as /secret/ */
  static below(path: string, node: RegtestNode, script: Script = () => null): Promise<FakeNode> {
    return new FakeNode(script, node, path).#listen();
  }

  get url(): string {
    return `http://a:b@127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#path}`;
  }

  /** How many requests asked for a path that begins so, or called that method. */
  asked(what: string): number {
    return this.#questions.filter(({ path, method }) => method === what || (!method && path.startsWith(what))).length;
  }

  /** Whether no answer is under way. */
  get isIdle(): boolean {
    return this.#open === 0;
  }

  async #listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1;
    response.on('close', () => {
      this.#open -= 1;
    });
    const prefix = this.#path.replace(/\/$/, '');
    const { method, url = '' } = request;
    if (!url.startsWith(method === 'GET' ? `${prefix}/` : this.#path)) {
      reply(response, { status: 404, body: `<pre>Cannot ${method} ${url}</pre>` });
    } else if (method === 'GET') await this.#get(url.slice(prefix.length), response);
    else await this.#post(JSON.parse(await text(request)), response);
  }

  async #get(path: string, response: ServerResponse): Promise<void> {
    const answer = this.#ask({ path });
    if (answer.respond || answer.status) return reply(response, answer);
    const real = await fetch(`${this.#behind!.url}${path}`);
    reply(response, { status: real.status, body: new Uint8Array(await real.arrayBuffer()) });
  }

  async #post(body: RpcCall | RpcCall[], response: ServerResponse): Promise<void> {
    const calls = Array.isArray(body) ? body : [body];
    const scripted = calls.map(({ method, params }) =>
      this.#ask({ path: '/', method, params, together: calls.length }),
    );
    const whole = scripted.find((answer) => answer.respond || answer.status);
    if (whole) return reply(response, whole);
    const answers = await Promise.all(calls.map((call, i) => this.#asking(() => this.#answer(call, scripted[i]!))));
    if (scripted[0]?.shuffled) answers.reverse();
    reply(response, { status: 200, body: JSON.stringify(Array.isArray(body) ? answers : answers[0]) });
  }

  async #answer({ id, method, params }: RpcCall, answer: Answer): Promise<unknown> {
    try {
      if (answer.error) return { id, result: null, error: answer.error };
      const result =
        'result' in answer ? answer.result : await this.#behind!.rpc(method, ...(answer.params ?? params ?? []));
      return { id, result, error: null };
    } catch (error) {
      const { code, message } = error as { code: number; message: string };
      return { id, result: null, error: { code, message } };
    }
  }

  #ask(question: Question): Answer {
    this.#questions.push(question);
    return this.#script(question) ?? {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface RpcCall {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
}

function reply(response: ServerResponse, { respond, status, body = '' }: Answer): void {
  if (respond) {
    respond(response);
    return;
  }
  response.writeHead(status!, { 'content-type': typeOf(body), 'content-length': Buffer.byteLength(body) }).end(body);
}

function typeOf(body: string | Uint8Array): string {
  if (typeof body !== 'string') return 'application/octet-stream';
  return /^[[{n]/.test(body) ? 'application/json' : 'text/html';
}
