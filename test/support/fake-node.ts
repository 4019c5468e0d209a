import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import pLimit from 'p-limit';
import type { RegtestNode } from '../../dev/regtest.ts';

/** What a node is asked: a path to GET, or a call. */
export interface Question {
  readonly path: string;
  /** Of RPC; absent for a path to GET. */
  readonly method?: string;
  readonly params?: readonly unknown[];
  /** How many calls come in one go. */
  readonly together?: number;
}

/** What a FakeNode does with a question; the node behind it answers whatever is left open. */
export interface Answer {
  /** The answer to the whole request, whatever else it asks. */
  readonly status?: number;
  /** Bytes come as such, texts as JSON or a page. */
  readonly body?: string | Uint8Array;
  readonly respond?: (response: ServerResponse) => void;
  /** Of a call. */
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
  /** To call the node behind with instead. */
  readonly params?: readonly unknown[];
  /** A batch is answered from its end. */
  readonly shuffled?: boolean;
}

export type Script = (question: Question) => Answer | null;

/** A server that answers by a script as no real node does on demand, alone or before a real one. */
export class FakeNode implements AsyncDisposable {
  readonly #server: Server;
  readonly #script: Script;
  readonly #behind: RegtestNode | null;
  /** The path that it has all below; whoever asks for another is told so, as by a web server. */
  readonly #path: string;
  readonly #questions: Question[] = [];
  /** The node behind takes each call of a batch on its own, and not too many at once. */
  readonly #asking = pLimit(16);
  /** Answers that are under way. */
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

  /** How often it was asked for paths that begin so, or that method was called. */
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
