import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { COST_HEADER } from '../graphql/cost-plugin.ts';
import { endRequestSpan } from '../observe/tracing.ts';
import { EVENTS_MEDIA } from '../requests/accepted-media.ts';
import { notByGet } from '../requests/not-by-get.ts';
import type { AskedQuery } from '../requests/request-parameters.ts';
import { EventStream } from './event-stream.ts';
import type { OperationRequest } from './operations.ts';
import { ResultStream } from './result-stream.ts';
import { spread } from './spread.ts';
import type { StreamOptions } from './stream-options.ts';

const HEAD = {
  'content-type': `${EVENTS_MEDIA}; charset=utf-8`,
  'cache-control': 'no-cache, no-transform',
  // nginx would hold events back until it has a page of them.
  'x-accel-buffering': 'no',
} as const;

/** A request, who sent it, and what it costs. */
interface Connection extends Pick<OperationRequest, 'caller' | 'bill'> {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers requests by server-sent events. */
export class EventStreams {
  readonly #options: StreamOptions;
  readonly #open = new Set<EventStream>();
  #isClosed = false;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  async serve(asked: AskedQuery, { request, reply, ...payer }: Connection): Promise<void> {
    const answer = await this.#options.operations.open({ ...asked, ...heardIn(request), ...payer });
    reply.headers(HEAD);
    // Who connects anew may then come to another gateway.
    if (answer instanceof ResultStream) reply.header('connection', 'close');
    const { cost } = payer.bill;
    if (cost !== null) reply.header(COST_HEADER, cost.requested);
    reply.hijack();
    reply.raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
    endRequestSpan();
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

/** What counts of a request beside what it asks. */
function heardIn({ method, headers, admission }: FastifyRequest): Pick<OperationRequest, 'lastEventId' | 'readOnly'> {
  const lastEventId = headers['last-event-id'];
  return {
    // An empty one is what a browser has that was told none.
    lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : null,
    readOnly: method === 'GET' ? notByGet() : (admission?.readOnly ?? null),
  };
}
