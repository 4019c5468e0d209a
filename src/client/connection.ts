import { createParser } from 'eventsource-parser';
import { requestFailure, wrongAddress } from '../failures/network.ts';
import { Deadline } from '../waiting.ts';
import type { Endpoint, GraphqlRequest } from './ask.ts';
import { boundedText } from './fetch-text.ts';
import { Interruption, parseResult, Refusal, type Result } from './result.ts';

export interface WatchConnectionOptions {
  readonly endpoint: Endpoint;
  /** A subscription. */
  readonly request: GraphqlRequest;
  /** How long a connection may be silent before it counts as broken, in milliseconds. */
  readonly silenceMs: number;
  /** Makes a sentence for the case that nothing answers: why, by the error of `fetch`, and what to do. */
  readonly noGateway: (url: URL, error: unknown) => string;
}

/** A message of a gateway. */
export interface Message {
  /**
   * The place of this message: everything up to it was sent. Null without a place, like an error before the first
   * event.
   */
  readonly place: string | null;
  /** Null for a heartbeat. */
  readonly result: Result | null;
}

/** A gateway sends at most 8 MiB of scripts and data with an event, as hex and within JSON. */
const MAX_EVENT_LENGTH = 64 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 1024 * 1024;

/** Hourly allowances are restored after at most this time. */
const LONGEST_RETRY_MS = 3_600_000;
/** Too many requests, or too slow ones: a later attempt may succeed. */
const LATER_STATUSES = [408, 429];

/**
 * Subscribes by server-sent events, over one connection, and yields messages until it ends.
 * @param after the place after which to begin, or null for the present
 * @throws Interruption if the connection breaks; Refusal if the gateway refuses the request
 */
export async function* connect(
  options: WatchConnectionOptions,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  const { endpoint, silenceMs } = options;
  const silent = () => new Error(`nothing was received for ${silenceMs / 1_000} s`);
  const deadline = new Deadline(silenceMs, silent, signal);
  try {
    const response = await open(options, after, deadline.signal);
    if (!isEventStream(response)) throw await refusalOf(response, endpoint);
    const reader = new MessageReader(endpoint);
    for await (const chunk of chunksOf(response)) {
      deadline.extend();
      yield* reader.read(chunk);
    }
  } finally {
    deadline.abort(new Error('nobody listens any more'));
  }
}

async function open(
  { endpoint, request, noGateway }: WatchConnectionOptions,
  after: string | null,
  signal: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = {
    ...endpoint.headers,
    'content-type': 'application/json',
    accept: 'text/event-stream',
    ...(after === null ? {} : { 'last-event-id': after }),
  };
  try {
    return await fetch(endpoint.url, { method: 'POST', headers, body: JSON.stringify(request), signal });
  } catch (error) {
    const message = noGateway(endpoint.url, error);
    if (wrongAddress(error)?.mayPass === false) throw new Refusal([{ message, code: 'BAD_SETTING', retryable: false }]);
    throw new Interruption(requestFailure(error), { withoutAnswer: message });
  }
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  try {
    if (body !== null) yield* body;
  } catch (error) {
    throw new Interruption(requestFailure(error));
  }
}

function isEventStream({ ok, headers }: Response): boolean {
  return ok && (headers.get('content-type') ?? '').startsWith('text/event-stream');
}

async function refusalOf(response: Response, { url }: Endpoint): Promise<Interruption | Refusal> {
  const { status } = response;
  if (status >= 500 || LATER_STATUSES.includes(status)) {
    void response.body?.cancel().catch(() => {});
    return new Interruption(`HTTP ${status}`, { retryMs: retryAfterMs(response) });
  }
  const tooLong = () => new Error('its answer does not end');
  const text = boundedText(response.body, MAX_REFUSAL_BYTES, tooLong);
  const body = await text.catch(() => '');
  const errors = parseResult(body)?.errors ?? [];
  return errors.length > 0 ? new Refusal(errors) : noEvents(url, `HTTP ${status}`);
}

/** When the gateway wants the next attempt; null if it does not say, or not in seconds. */
function retryAfterMs({ headers }: Response): number | null {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Math.min(Number(text) * 1_000, LONGEST_RETRY_MS) : null;
}

function noEvents(url: URL, what: string): Refusal {
  const message = `${url.href} does not send GraphQL events (${what}). Is it the URL of a gateway, with the path /graphql?`;
  return new Refusal([{ message, code: 'BAD_SETTING', retryable: false }]);
}

/** Whether a text may be a place among events: it can be used in a header, and unquoted on a command line. */
export function isCursor(text: string): boolean {
  return /^[\w-]+$/.test(text);
}

/** Assembles messages from the chunks of a connection. */
class MessageReader {
  readonly #endpoint: Endpoint;
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onError: ({ type }) => {
      this.#isTooLong ||= type === 'max-buffer-size-exceeded';
    },
    onId: (id) => this.#messages.push({ place: isCursor(id) ? id : null, result: null }),
    onEvent: ({ event, id, data }) => {
      if (event === 'next') this.#addResult(id, data);
    },
  });
  #messages: Message[] = [];
  #isTooLong = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  read(chunk: Uint8Array): Message[] {
    this.#parser.feed(this.#decoder.decode(chunk, { stream: true }));
    if (this.#isTooLong) throw noEvents(this.#endpoint.url, 'an event does not end');
    const read = this.#messages;
    this.#messages = [];
    return read;
  }

  #addResult(id: string | undefined, data: string): void {
    const result = parseResult(data);
    if (result === null) throw noEvents(this.#endpoint.url, 'the events are not GraphQL results');
    // The parser has reported the id of the same event just before.
    const place = id === undefined ? null : (this.#messages.pop()?.place ?? null);
    this.#messages.push({ place, result });
  }
}
