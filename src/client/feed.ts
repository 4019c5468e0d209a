import { counted } from '../counted.ts';
import { backoffMs, pause } from '../waiting.ts';
import { connect, type Message, type WatchConnectionOptions } from './connection.ts';
import { Interruption, Refusal, type Result } from './result.ts';

/** Pauses between two connections. */
const WAITS = { firstMs: 250, longestMs: 10_000 };

const OTHER_CHAIN = {
  message: 'The chain is another one now: start `bitql watch` again.',
  code: 'BAD_CURSOR',
  retryable: false,
};

export interface FeedOptions extends WatchConnectionOptions {
  /** The place after which to begin, or null for the present. */
  readonly after: string | null;
  /** Called with a line for the user: that the feed is interrupted, and that it continues. */
  readonly note: (text: string) => void;
}

/**
 * Receives the results of a subscription, over as many connections as necessary, each from where the last one broke
 * off.
 */
export class Feed {
  readonly #options: FeedOptions;
  #place: string | null;
  #isInterrupted = false;
  #hasReceived = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#place = options.after;
  }

  /** The place up to which all results were returned; null while it is not known. */
  get place(): string | null {
    return this.#place;
  }

  /**
   * Ends at the signal.
   * @throws Refusal
   */
  async *results(signal: AbortSignal): AsyncGenerator<Result> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const [place, begunAt] = [this.#place, performance.now()];
      let retryMs: number | null = null;
      try {
        yield* this.#resultsOfOne(signal);
        this.#interrupt(new Interruption('the gateway closed it'), signal);
      } catch (error) {
        if (!(error instanceof Interruption)) throw this.#isOfOtherChain(error) ? new Refusal([OTHER_CHAIN]) : error;
        retryMs = error.retryMs;
        this.#interrupt(error, signal);
      }
      if (place !== this.#place || performance.now() - begunAt > WAITS.longestMs) attempt = 0;
      await pause((retryMs ?? 0) + backoffMs(WAITS, attempt), signal);
    }
  }

  /** Whether a cursor is refused that did not come from the user, but from this gateway. */
  #isOfOtherChain(error: unknown): boolean {
    if (this.#place === this.#options.after || !(error instanceof Refusal)) return false;
    return error.errors.some(({ code }) => code === 'BAD_CURSOR');
  }

  async *#resultsOfOne(signal: AbortSignal): AsyncGenerator<Result> {
    for await (const { place, result } of connect(this.#options, this.#place, signal)) {
      if (result !== null) requireUsable(result, place);
      this.#resume();
      if (place !== null) this.#place = place;
      if (result !== null) yield result;
    }
  }

  /** Reports an interruption once, however many attempts follow. */
  #interrupt({ message, retryMs, withoutAnswer }: Interruption, signal: AbortSignal): void {
    const { endpoint, note } = this.#options;
    if (this.#isInterrupted || signal.aborted) return;
    this.#isInterrupted = true;
    if (!this.#hasReceived && withoutAnswer !== null) {
      note(`${withoutAnswer} Trying again until one answers.`);
      return;
    }
    const when = retryMs === null ? 'until it is back' : `in ${counted(Math.ceil(retryMs / 1_000), 'second')}`;
    note(`The connection to ${endpoint.url.href} is interrupted (${message}); trying again ${when}.`);
  }

  #resume(): void {
    const hadReceived = this.#hasReceived;
    this.#hasReceived = true;
    if (!this.#isInterrupted) return;
    this.#isInterrupted = false;
    this.#options.note(hadReceived ? 'Connected again.' : 'Connected.');
  }
}

/**
 * An event that cannot be sent now is sent after another request, from the place before it. One that can never be sent
 * is skipped, because strangers make the events. A result without a place concerns the whole subscription.
 */
function requireUsable({ event, errors }: Result, place: Message['place']): void {
  const passing = errors.find(({ retryable }) => retryable);
  if (passing !== undefined) throw new Interruption(`${passing.message} ${passing.code ?? ''}`.trimEnd());
  if (event === null && place === null) throw new Refusal(errors);
}
