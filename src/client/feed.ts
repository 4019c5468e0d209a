import { counted } from '../counted.ts';
import { backoffMs, pause } from '../waiting.ts';
import { connect, type Message, type WatchConnectionOptions } from './connection.ts';
import { Interruption, Refusal, type Result } from './result.ts';

/** Pauses between two connections. */
const WAITS = { firstMs: 250, longestMs: 10_000 };

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

  /** Whether anything came from a gateway. */
  get hasReceived(): boolean {
    return this.#hasReceived;
  }

  /**
   * Ends at the signal. If no place was given, and the one that was reached is lost, it continues from the present and
   * says so.
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
        if (error instanceof Interruption) {
          retryMs = error.retryMs;
          this.#interrupt(error, signal);
        } else this.#leavePlace(error);
      }
      if (place !== this.#place || performance.now() - begunAt > WAITS.longestMs) attempt = 0;
      await pause((retryMs ?? 0) + backoffMs(WAITS, attempt), signal);
    }
  }

  async *#resultsOfOne(signal: AbortSignal): AsyncGenerator<Result> {
    for await (const { place, result } of connect(this.#options, this.#place, signal)) {
      if (result !== null) requireUsable(result, place);
      this.#resume();
      if (place !== null) this.#place = place;
      if (result !== null) yield result;
    }
  }

  /** Forgets the place that it cannot continue after, unless it is the user who wants that. */
  #leavePlace(error: unknown): void {
    const { after, endpoint, note } = this.#options;
    if (!(error instanceof Refusal && error.isOfPlace) || after !== null || this.#place === null) throw error;
    const isOld = error.errors.some(({ code }) => code === 'EVENTS_EXPIRED');
    const why = isOld ? 'no longer has the events of the meantime' : 'has another index now';
    note(`${endpoint.url.href} ${why}: going on from the present.`);
    this.#place = null;
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
