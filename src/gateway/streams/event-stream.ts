import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';
import { BitqlError } from '../../errors.ts';
import { WrittenAnswer } from '../graphql/written-answer.ts';
import type { Answer } from './operations.ts';
import { type Delivery, ResultStream } from './result-stream.ts';
import type { StreamOptions } from './stream-options.ts';

/**
 * Sends what an operation gives as server-sent events, as graphql-sse has it (PROTOCOL.md, distinct connections mode): an
 * event `next` for each result, `complete` at the end. Beyond that, each result has the id of its place in the log, which
 * browsers send when they connect anew; heartbeats carry it on while nothing happens that concerns the subscriber.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: StreamOptions;
  #isOver = false;
  #stop: () => void = () => {};

  /** @param response its head is sent */
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

  /** Sends nothing more but where to go on. */
  end(): void {
    this.#isOver = true;
    this.#stop();
  }

  async #sendAll(stream: ResultStream): Promise<void> {
    try {
      // Some browsers take a response for begun only when there is something of it.
      await this.#write(heartbeat(stream));
      for (let next = stream.next(); ; next = stream.next()) {
        const { value, done } = await this.#untilNext(next, stream);
        if (done) break;
        await this.#write(`id: ${value.cursor}\n${nextEvent(value.result)}`);
      }
      // No `complete`: it goes on at another gateway.
      this.#response.end(heartbeat(stream) + retry());
    } catch (error) {
      this.#refuse(error);
    } finally {
      await stream.return();
    }
  }

  /** Waits for the next result, with a heartbeat now and then. */
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
    const isTaken = await unsent.send(text.length, times.stallMs, (taken) => onceTaken(this.#response, taken));
    if (!isTaken) {
      this.#options.subscriptions.cutOff('sse');
      throw new BitqlError(
        'SLOW_READER',
        'You did not read the events in time: subscribe again, after the last event that you received.',
      );
    }
  }

  /** Says why it ends here; whoever does not take even that, is cut off. */
  #refuse(error: unknown): void {
    const { operations, times, log } = this.#options;
    const told = operations.tell(error);
    log.info({ code: told.extensions?.code }, 'A subscription ended with an error');
    this.#response.end(nextEvent({ errors: [told] }) + COMPLETE);
    const timer = setTimeout(() => this.#response.destroy(), times.stallMs);
    this.#response.once('close', () => clearTimeout(timer));
  }
}

/** Calls back once what was written is taken; a connection that ended takes nothing any more. */
function onceTaken(response: ServerResponse, callBack: () => void): void {
  const taken = () => {
    response.off('drain', taken).off('close', taken);
    callBack();
  };
  response.on('drain', taken).on('close', taken);
}

/** Without a place while a result is being made. */
function heartbeat({ cursor }: ResultStream): string {
  return cursor === null ? ':\n\n' : `:\nid: ${cursor}\n\n`;
}

/** When a browser connects anew: not all at once. */
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
