import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import { BitqlError } from '../../errors.ts';
import { COST_HEADER } from '../graphql/plugins.ts';
import { WrittenAnswer } from '../graphql/written-answer.ts';
import { endRequestSpan } from '../observe/tracing.ts';
import { EVENTS_MEDIA } from '../requests/accepted-media.ts';
import { type AskedQuery, notByGet } from '../requests/request-parameters.ts';
import type { Answer, OperationRequest } from './operations.ts';
import { type Delivery, ResultStream } from './result-stream.ts';
import { type StreamOptions, spread } from './stream-options.ts';

const HEAD = {
  'content-type': `${EVENTS_MEDIA}; charset=utf-8`,
  'cache-control': 'no-cache, no-transform',
  // nginx would buffer events until it has a page of them.
  'x-accel-buffering': 'no',
} as const;

/** A request, its caller, and what it costs. */
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
    const answer = await this.#options.operations.open({ ...asked, ...headerOptions(request), ...payer });
    reply.headers(HEAD);
    // So that a client which reconnects may reach another gateway.
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

  /** Ends all streams within a time: their clients reconnect and resume where they were. */
  close(spreadMs: number): Promise<void> {
    this.#isClosed = true;
    return spread(this.#open, spreadMs, (stream) => stream.end());
  }
}

/** Options that a request has in its headers. */
function headerOptions({
  method,
  headers,
  admission,
}: FastifyRequest): Pick<OperationRequest, 'lastEventId' | 'readOnly'> {
  const lastEventId = headers['last-event-id'];
  return {
    // A browser that received no id sends an empty one.
    lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : null,
    readOnly: method === 'GET' ? notByGet() : (admission?.readOnly ?? null),
  };
}

/**
 * Sends results as server-sent events, as graphql-sse specifies (PROTOCOL.md, distinct connections mode): an event `next` for
 * each result, `complete` at the end. In addition, each result has the id of its place in the log, which browsers send when
 * they reconnect; heartbeats update it while no event concerns the subscriber.
 */
class EventStream {
  readonly #response: ServerResponse;
  readonly #options: StreamOptions;
  #isOver = false;
  #stop: () => void = () => {};

  /** @param response its headers are sent */
  constructor(response: ServerResponse, options: StreamOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** @throws nothing */
  async send(answer: Answer): Promise<void> {
    if (answer instanceof ResultStream) {
      this.#stop = () => void answer.return();
      this.#response.once('close', this.#stop);
      if (this.#response.destroyed || this.#isOver) this.#stop();
      this.#options.subscriptions.add(answer, 'sse');
      await this.#sendAll(answer);
    } else if (answer instanceof WrittenAnswer) {
      this.#response.write(`:\n\n${NEXT}`);
      this.#response.write(answer.json);
      this.#response.end(`\n\n${COMPLETE}`);
    } else {
      this.#response.end(`:\n\n${nextEvent(answer)}${COMPLETE}`);
    }
  }

  /** Sends nothing more except where to resume. */
  end(): void {
    this.#isOver = true;
    this.#stop();
  }

  async #sendAll(stream: ResultStream): Promise<void> {
    try {
      // Some browsers treat a response as started only when some of its body has arrived.
      await this.#write(heartbeat(stream));
      for (let next = stream.next(); ; next = stream.next()) {
        const { value, done } = await this.#untilNext(next, stream);
        if (done) break;
        await this.#write(`id: ${value.cursor}\n${nextEvent(value.result)}`);
      }
      // No `complete`: the subscription resumes at another gateway.
      this.#response.end(heartbeat(stream) + retry());
    } catch (error) {
      this.#refuse(error);
    } finally {
      await stream.return();
    }
  }

  /** Waits for the next result, and sends heartbeats meanwhile. */
  async #untilNext(next: Promise<IteratorResult<Delivery>>, stream: ResultStream): Promise<IteratorResult<Delivery>> {
    const beat = setInterval(() => {
      if (!this.#response.writableNeedDrain) this.#response.write(heartbeat(stream));
    }, this.#options.times.heartbeatMs);
    try {
      return await next;
    } finally {
      clearInterval(beat);
    }
  }

  /** @throws SLOW_READER */
  async #write(text: string): Promise<void> {
    if (this.#response.destroyed || this.#response.write(text)) return;
    const { unsent, times } = this.#options;
    const isSent = await unsent.send(text.length, times.stallMs, (sent) => onceSent(this.#response, sent));
    if (!isSent) {
      this.#options.subscriptions.cutOff('sse');
      throw new BitqlError(
        'SLOW_READER',
        'You did not read the events in time: subscribe again, after the last event that you received.',
      );
    }
  }

  /** Sends the reason for the end. A client that does not read even that is disconnected. */
  #refuse(error: unknown): void {
    const { operations, times, log } = this.#options;
    const shown = operations.showError(error);
    log.info({ code: shown.extensions?.code }, 'A subscription ended with an error');
    this.#response.end(nextEvent({ errors: [shown] }) + COMPLETE);
    const timer = setTimeout(() => this.#response.destroy(), times.stallMs);
    this.#response.once('close', () => clearTimeout(timer));
  }
}

/** Calls back once what was written is sent, or the connection has ended. */
function onceSent(response: ServerResponse, callBack: () => void): void {
  const sent = () => {
    response.off('drain', sent).off('close', sent);
    callBack();
  };
  response.on('drain', sent).on('close', sent);
}

/** Without a place while a result is being made. */
function heartbeat({ cursor }: ResultStream): string {
  return cursor === null ? ':\n\n' : `:\nid: ${cursor}\n\n`;
}

/** Spreads out when browsers reconnect. */
function retry(): string {
  return `retry: ${Math.round(SHORTEST_RETRY_MS + Math.random() * RETRY_JITTER_MS)}\n\n`;
}

const SHORTEST_RETRY_MS = 200;
const RETRY_JITTER_MS = 1_800;

const NEXT = 'event: next\ndata: ';
const COMPLETE = 'event: complete\ndata:\n\n';

function nextEvent(result: FormattedExecutionResult): string {
  return `${NEXT}${JSON.stringify(result)}\n\n`;
}
