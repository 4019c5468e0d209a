import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BitqlError } from '../../errors.ts';
import { spread } from '../operation/spread.ts';
import { EventStream } from './event-stream.ts';
import type { OperationRequest } from './operations.ts';
import type { StreamOptions } from './stream-options.ts';

const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // nginx would hold events back until it has a page of them.
  'x-accel-buffering': 'no',
  // Who connects anew may then come to another gateway.
  connection: 'close',
} as const;

/** Who asks, and what it costs. */
type Payer = Pick<OperationRequest, 'caller' | 'bill'>;

/** Whether a client asks for server-sent events. */
export function wantsEvents({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').includes('text/event-stream');
}

/** Answers requests for server-sent events: by POST with a JSON body, or by GET with parameters. */
export class EventStreams {
  readonly #options: StreamOptions;
  readonly #open = new Set<EventStream>();
  #isClosed = false;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  async serve(request: FastifyRequest, reply: FastifyReply, payer: Payer): Promise<void> {
    const answer = await this.#options.operations.open({ ...operationOf(request), ...payer });
    reply.hijack();
    reply.raw.writeHead(200, { ...reply.getHeaders(), ...HEAD } as OutgoingHttpHeaders);
    const stream = new EventStream(reply.raw, this.#options);
    this.#open.add(stream);
    if (this.#isClosed) stream.end();
    await stream.send(answer);
    this.#open.delete(stream);
  }

  /** Ends all of them within a time: their clients connect anew, and go on where they were. */
  close(spreadMs: number): Promise<void> {
    this.#isClosed = true;
    return spread(this.#open, spreadMs, (stream) => stream.end());
  }
}

/** @throws BAD_QUERY */
function operationOf({ method, body, query, headers, admission }: FastifyRequest): Omit<OperationRequest, keyof Payer> {
  const given = method === 'GET' ? query : body;
  const parameters = isObject(given) ? given : {};
  const { query: text, operationName } = parameters;
  if (typeof text !== 'string') throw new BitqlError('BAD_QUERY', '`query` is missing: give a GraphQL text.');
  if (operationName != null && typeof operationName !== 'string') {
    throw new BitqlError('BAD_QUERY', '`operationName` must be a text.');
  }
  const lastEventId = headers['last-event-id'];
  return {
    query: text,
    variables: variablesOf(parameters.variables),
    operationName: operationName ?? undefined,
    // An empty one is what a browser has that was told none.
    lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : null,
    readOnly: method === 'GET' ? notByGet() : (admission?.readOnly ?? null),
  };
}

/** Nothing is changed by a mere link. */
function notByGet(): BitqlError {
  return new BitqlError('BAD_QUERY', 'A mutation is sent by POST.');
}

function variablesOf(given: unknown): OperationRequest['variables'] {
  const value = typeof given === 'string' ? parsed(given) : (given ?? {});
  if (!isObject(value)) throw new BitqlError('BAD_QUERY', '`variables` must be a JSON object.');
  return value;
}

function parsed(json: string): unknown {
  try {
    return json === '' ? {} : JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
