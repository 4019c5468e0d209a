import { pause } from '../../src/waiting.ts';
import { Random } from '../chain/random.ts';
import { EventSource } from '../live/event-source.ts';
import { GraphqlSocket } from '../live/graphql-socket.ts';
import type { Operation, Result } from '../live/subscription.ts';

const QUERY = `subscription ($after: EventCursor, $filter: TransactionFilter) {
  transactions(after: $after, filter: $filter) { cursor kind reason by transaction { txid fee outputs { value address } } }
}`;
const FILTERS = [null, { confirmed: true }, { data: [{ pushes: [{ index: 0, equals: { utf8: 'traffic' } }] }] }];
/** Mean duration of a visit, and of the time between two visits. */
const LEAST_MS = 2_000;
const MOST_MS = 60_000;
const AWAY_MS = 3_000;

/** A subscriber that comes and goes, over a WebSocket or server-sent events, and continues where it left off. */
export class Visitor {
  readonly errors: string[] = [];
  events = 0;
  visits = 0;
  readonly #url: string;
  readonly #random: Random;
  #cursor: string | null = null;

  constructor(url: string, seed: string) {
    this.#url = url;
    this.#random = new Random(seed);
  }

  async goOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ms = LEAST_MS + this.#random.next() * (MOST_MS - LEAST_MS);
      await this.#visit(ms, signal).catch((error: unknown) => this.errors.push(String(error)));
      this.visits += 1;
      await pause(AWAY_MS * this.#random.next(), signal);
    }
  }

  async #visit(ms: number, signal: AbortSignal): Promise<void> {
    // Each has one filter for its whole life; a cursor fits any filter.
    const filter = FILTERS[this.visits % FILTERS.length]!;
    const operation: Operation = { query: QUERY, variables: { after: this.#cursor, ...(filter && { filter }) } };
    let isLeaving = false;
    using _ = await this.#open(operation, (error) => {
      if (!isLeaving) this.errors.push(String(error));
    });
    await pause(ms, signal);
    isLeaving = true;
  }

  async #open(operation: Operation, onEnd: (error: Error) => void): Promise<Disposable> {
    const hear = (result: Result) => this.#hear(result);
    if (this.#random.chance(0.5)) return EventSource.open(this.#url, operation, hear, onEnd);
    const socket = await GraphqlSocket.open(this.#url);
    socket.subscribe(operation, hear, onEnd);
    socket.closed.catch(onEnd);
    return socket;
  }

  #hear({ data, errors }: Result): void {
    if (data == null || errors !== undefined) return void this.errors.push(JSON.stringify(errors));
    this.#cursor = (data.transactions as unknown as { cursor: string }).cursor;
    this.events += 1;
  }
}
