import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** The query of honest clients, and its right answer. */
export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

const PAUSE_MS = 20;
const PATIENCE_MS = 20_000;

/** Repeats a query, and compares each answer with the right one. */
export class HonestClient {
  readonly failures: string[] = [];
  /** The time until each answer came, in milliseconds. */
  readonly times: number[] = [];
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;

  constructor(url: string, key: string, questions: readonly Question[]) {
    this.#url = `${url}/graphql`;
    this.#headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    this.#asking = this.#run(questions);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#asking;
  }

  async #run(questions: readonly Question[]): Promise<void> {
    for (let i = 0; !this.#stop.signal.aborted; i++) {
      const failure = await this.#ask(questions[i % questions.length]!).catch(String);
      if (failure !== null) this.failures.push(failure);
      await sleep(PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  /** @returns the fault of the answer, if there is one */
  async #ask({ query, variables, data }: Question): Promise<string | null> {
    const begun = performance.now();
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    this.times.push(performance.now() - begun);
    const isRight = response.status === 200 && JSON.stringify(JSON.parse(text).data) === JSON.stringify(data);
    return isRight ? null : `${response.status} ${text.slice(0, 500)}`;
  }
}

/** A subscription of an honest client over a lasting WebSocket. */
export class HonestSocket {
  readonly cursors: string[] = [];
  readonly failures: string[] = [];
  readonly #client;
  readonly #listening: Promise<void>;
  #isClosed = false;

  constructor(url: string, key: string, query: string, variables: Record<string, unknown>) {
    this.#client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${key}` },
    });
    this.#listening = this.#listen(query, variables);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client.dispose();
    await this.#listening;
  }

  async #listen(query: string, variables: Record<string, unknown>): Promise<void> {
    try {
      const results = this.#client.iterate<{ transactions: { cursor: string } }>({ query, variables });
      for await (const { data } of results) this.cursors.push(data!.transactions.cursor);
      if (!this.#isClosed) this.failures.push('it ended');
    } catch (error) {
      if (!this.#isClosed) this.failures.push(whyOf(error));
    }
  }
}

/** What ended a subscription: errors of the operation, or that the connection was closed. */
function whyOf(error: unknown): string {
  const { code, reason, message } = error as { code?: number; reason?: string; message?: string };
  return Array.isArray(error) ? JSON.stringify(error) : `${code} ${reason} ${message}`;
}
