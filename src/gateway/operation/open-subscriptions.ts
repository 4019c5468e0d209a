import type { ResultStream } from '../streams/result-stream.ts';

/** The ways by which subscribers are told. */
export const STREAM_TRANSPORTS = ['sse', 'websocket'] as const;
export type StreamTransport = (typeof STREAM_TRANSPORTS)[number];

/** How many subscriptions there are. */
export class OpenSubscriptions {
  readonly #counts = { sse: 0, websocket: 0 };

  get counts(): Readonly<Record<StreamTransport, number>> {
    return this.#counts;
  }

  /** Counts a stream until it ends. */
  add(stream: ResultStream, transport: StreamTransport): void {
    this.#counts[transport] += 1;
    stream.onEnd(() => {
      this.#counts[transport] -= 1;
    });
  }
}
