import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import type { Operation, Result } from './subscription.ts';

/** A subscriber by server-sent events, over plain HTTP. */
export class EventSource implements Disposable {
  readonly #request: ClientRequest;

  private constructor(outgoing: ClientRequest) {
    this.#request = outgoing;
  }

  /**
   * Resolves when the gateway has accepted the subscription.
   * @param url of the endpoint
   * @param onEnd called when it ends, on either side [none, because missing events are noticed]
   */
  static async open(
    url: string,
    operation: Operation,
    onResult: (result: Result) => void,
    onEnd: (error: Error) => void = () => {},
  ): Promise<EventSource> {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const outgoing = request(url, { method: 'POST', headers });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    outgoing.once('response', resolve).on('error', reject).end(JSON.stringify(operation));
    const response = await promise;
    const parser = createParser({
      onEvent: ({ event, data }) => {
        if (event === 'next') onResult(JSON.parse(data));
      },
    });
    response
      .setEncoding('utf8')
      .on('data', (text: string) => parser.feed(text))
      .on('error', () => {})
      .once('close', () => onEnd(new Error('a stream of events ended')));
    return new EventSource(outgoing);
  }

  [Symbol.dispose](): void {
    this.#request.destroy();
  }
}
