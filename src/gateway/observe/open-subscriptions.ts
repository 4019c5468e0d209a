/** The ways by which subscribers are told. */
export const STREAM_TRANSPORTS = ['sse', 'websocket'] as const;
export type StreamTransport = (typeof STREAM_TRANSPORTS)[number];

/** What a subscriber is told, as it is counted. */
export interface CountedStream {
  onTold(callBack: () => void): void;
  onEnd(callBack: () => void): void;
}

type CountsByTransport = Record<StreamTransport, number>;

/** How many subscriptions there are, and what became of them so far. */
export class OpenSubscriptions {
  readonly #open: CountsByTransport = { sse: 0, websocket: 0 };
  readonly #events: CountsByTransport = { sse: 0, websocket: 0 };
  readonly #slow: CountsByTransport = { sse: 0, websocket: 0 };

  get counts(): Readonly<CountsByTransport> {
    return this.#open;
  }

  /** Events that subscribers were told. */
  get events(): Readonly<CountsByTransport> {
    return this.#events;
  }

  /** Subscribers who did not take what they were told, and were cut off. */
  get slow(): Readonly<CountsByTransport> {
    return this.#slow;
  }

  /** Counts a stream until it ends. */
  add(stream: CountedStream, transport: StreamTransport): void {
    this.#open[transport] += 1;
    stream.onTold(() => {
      this.#events[transport] += 1;
    });
    stream.onEnd(() => {
      this.#open[transport] -= 1;
    });
  }

  cutOff(transport: StreamTransport): void {
    this.#slow[transport] += 1;
  }
}
