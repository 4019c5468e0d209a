import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connect, type Message } from './connection.ts';
import { Interruption } from './interruption.ts';
import { Refusal } from './refusal.ts';
import type { Result } from './result.ts';
import { LONGEST_WAIT_MS, waitMs } from './wait.ts';

export interface FeedOptions extends ConnectionOptions {
  /** Where to begin: behind this place, or null for the present. */
  readonly after: string | null;
  /** Takes a line for whoever watches: that it is interrupted, and that it goes on. */
  readonly note: (text: string) => void;
}

/** Hears what a subscription is told, over as many connections as that takes, each from where the last one broke off. */
export class Feed {
  readonly #options: FeedOptions;
  #place: string | null;
  #isInterrupted = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#place = options.after;
  }

  /** All up to here has been handed out; null while that is not known. */
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
      try {
        yield* this.#resultsOfOne(signal);
        this.#interrupt('the gateway ended it', signal);
      } catch (error) {
        if (!(error instanceof Interruption)) throw error;
        this.#interrupt(error.message, signal);
      }
      if (place !== this.#place || performance.now() - begunAt > LONGEST_WAIT_MS) attempt = 0;
      await sleep(waitMs(attempt), undefined, { signal }).catch(() => {});
    }
  }

  async *#resultsOfOne(signal: AbortSignal): AsyncGenerator<Result> {
    for await (const { place, result } of connect(this.#options, this.#place, signal)) {
      if (result !== null) requireUsable(result, place);
      this.#goOn();
      if (place !== null) this.#place = place;
      if (result !== null) yield result;
    }
  }

  /** Says it once, however often it is tried again. */
  #interrupt(reason: string, signal: AbortSignal): void {
    const { endpoint, note } = this.#options;
    if (this.#isInterrupted || signal.aborted) return;
    this.#isInterrupted = true;
    note(`The connection to ${endpoint.url.href} is interrupted (${reason}); trying again until it is back.`);
  }

  #goOn(): void {
    if (!this.#isInterrupted) return;
    this.#isInterrupted = false;
    this.#options.note('Connected again.');
  }
}

/**
 * An event that cannot be told now is told when it is asked for again, from the place before it. One that cannot be told at
 * all is passed over: strangers make the events. What has no place is about the subscription as a whole.
 */
function requireUsable({ event, errors }: Result, place: Message['place']): void {
  const passing = errors.find(({ retryable }) => retryable);
  if (passing !== undefined) throw new Interruption(`${passing.message} ${passing.code ?? ''}`.trimEnd());
  if (event === null && place === null) throw new Refusal(errors);
}
