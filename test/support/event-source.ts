import { until } from '../../dev/until.ts';

/** A result of a subscription, in a server-sent event. */
export interface Notice {
  readonly id: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: results have the shape of their subscriptions, which differ
  readonly data: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly errors: readonly any[] | undefined;
}

export interface EventSourceOptions {
  readonly variables?: object;
  readonly lastEventId?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Receives server-sent events as a browser does: it remembers the last id, also one that comes without an event. */
export class EventSourceClient {
  readonly notices: Notice[] = [];
  lastEventId: string | null;
  isComplete = false;
  /** Resolves when either side has ended the connection. */
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  readonly #opened = Promise.withResolvers<void>();

  /** @param url of the endpoint */
  constructor(
    url: string,
    query: string,
    { variables = {}, lastEventId = null, headers = {} }: EventSourceOptions = {},
  ) {
    this.lastEventId = lastEventId;
    this.ended = this.#run(url, JSON.stringify({ query, variables }), headers).catch((error: Error) => {
      this.#opened.reject(error);
    });
    this.#opened.promise.catch(() => {});
  }

  /** Resolves to the first cursor when the server has answered. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  async untilTold(count: number): Promise<void> {
    await until(`${count} events`, () => this.notices.length >= count);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async #run(url: string, body: string, given: Readonly<Record<string, string>>): Promise<void> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...given,
    };
    if (this.lastEventId !== null) headers['last-event-id'] = this.lastEventId;
    const response = await fetch(url, { method: 'POST', headers, body, signal: this.#stop.signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body!) {
      const blocks = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) this.#hear(block);
      this.#opened.resolve();
    }
  }

  #hear(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: ?([^\\n]*)$`, 'm').exec(block)?.[1] ?? null;
    const [id, event, data] = [field('id'), field('event'), field('data')];
    if (id !== null) this.lastEventId = id;
    if (event === 'complete') this.isComplete = true;
    if (event === 'next') this.notices.push({ id, errors: undefined, ...JSON.parse(data!) });
  }
}
