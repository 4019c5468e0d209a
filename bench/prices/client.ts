import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createParser } from 'eventsource-parser';
import { unlessAborted } from '../../src/waiting.ts';
import { GraphqlSocket } from '../live/graphql-socket.ts';
import type { Operation } from '../live/subscription.ts';

/** The outcome of a request. */
export interface Reply {
  /** `ok`, the code of its first error, or the HTTP status of an answer that has neither. */
  readonly outcome: string;
  /** In points; null if the answer does not say. */
  readonly charged: number | null;
}

/** The state of the caller's limits. */
export interface Standing {
  /** The points that it may spend, before and after the request that reads them. */
  readonly remaining: number;
  readonly left: number;
  /** When all points are available again, in milliseconds of `performance.now`. */
  readonly endsAt: number;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
  readonly extensions?: { readonly cost?: { readonly charged: number } };
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** An anonymous client that sends one request after the other over lasting connections. */
export class Client implements Disposable {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });
  #socket: GraphqlSocket | null = null;

  /** @param url without a path */
  constructor(url: string) {
    this.#url = url;
  }

  async post(body: string, signal: AbortSignal): Promise<Reply> {
    const response = await this.#post(body, JSON_HEADERS, signal);
    const { statusCode } = response;
    return replyOf(await text(response), statusCode!);
  }

  /** What a path of the gateway names. Its answer does not say what it cost. */
  async get(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Reply> {
    const response = await this.#send({ method: 'GET', path, headers, signal });
    const { statusCode } = response;
    for await (const _ of response);
    return { outcome: statusCode! < 400 ? 'ok' : `HTTP ${statusCode}`, charged: null };
  }

  /**
   * Asks for server-sent events.
   * @param events the number of events after which it disconnects; 0: when the answer begins; Infinity: never
   */
  async events(operation: Operation, events: number, signal: AbortSignal): Promise<Reply> {
    const headers = { ...JSON_HEADERS, accept: 'text/event-stream' };
    const response = await this.#post(JSON.stringify(operation), headers, signal);
    if (!response.headers['content-type']?.includes('event-stream')) {
      return replyOf(await text(response), response.statusCode!);
    }
    if (events === 0) response.destroy();
    return heard(response, events);
  }

  /** Asks over a lasting WebSocket. @param events the number of events after which it ends the operation */
  async socket(operation: Operation, events: number, signal: AbortSignal): Promise<Reply> {
    this.#socket ??= await GraphqlSocket.open(`${this.#url}/graphql`);
    try {
      const outcome = await unlessAborted(signal, this.#socket.take(operation, events));
      return { outcome, charged: null };
    } catch (error) {
      this.#socket[Symbol.dispose]();
      this.#socket = null;
      throw error;
    }
  }

  async standing(): Promise<Standing> {
    const response = await this.#post('{"query":"{__typename}"}', JSON_HEADERS, AbortSignal.timeout(60_000));
    const header = (name: string) => Number(response.headers[name]);
    const { charged } = replyOf(await text(response), response.statusCode!);
    const left = header('ratelimit-remaining');
    return {
      remaining: left + (charged ?? 0),
      left,
      endsAt: performance.now() + 1_000 * header('ratelimit-reset'),
    };
  }

  /** Closes its connections, over which no answer may come any more. */
  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]();
    this.#agent.destroy();
  }

  #post(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#send({ method: 'POST', path: '/graphql', headers, signal }, body);
  }

  async #send(options: RequestOptions, body = ''): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    request(this.#url, { ...options, agent: this.#agent })
      .once('response', resolve)
      .on('error', reject)
      .end(body);
    return promise;
  }
}

function replyOf(body: string, status: number): Reply {
  const answer = parsed(body);
  const code = answer.errors?.[0]?.extensions?.code;
  const outcome = code ?? (status === 200 ? 'ok' : `HTTP ${status}`);
  const isPartial = code !== undefined && answer.data != null;
  return { outcome: isPartial ? `${code}, in part` : outcome, charged: answer.extensions?.cost?.charged ?? null };
}

function parsed(body: string): Answer {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

async function heard(response: IncomingMessage, events: number): Promise<Reply> {
  let count = 0;
  let outcome = 'ok';
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event !== 'next') return;
      const reply = replyOf(data, 200);
      if (reply.outcome !== 'ok') outcome = reply.outcome;
      count += 1;
      if (count >= events) response.destroy();
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  response
    .setEncoding('utf8')
    .on('data', (chunk: string) => parser.feed(chunk))
    .once('close', resolve)
    .on('error', () => resolve());
  await promise;
  return { outcome, charged: null };
}
