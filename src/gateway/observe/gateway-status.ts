import type { Connections } from '../limits/connections.ts';
import { type ChainWatch, chainStatus } from './chain-status.ts';

/** The current state of a gateway. */
export interface GatewayStatus {
  readonly connections: Connections;
  readonly subscriptions: OpenSubscriptions;
  /** The highest block that it shows; null if there is none, or the store does not answer. */
  readonly height: number | null;
  /** Blocks that the node has and the index has not; null if unknown. */
  readonly lag: number | null;
}

export async function gatewayStatus(
  watch: ChainWatch,
  counts: Pick<GatewayStatus, 'connections' | 'subscriptions'>,
): Promise<GatewayStatus> {
  const { snapshot } = await watch.view();
  if (snapshot === null) return { ...counts, height: null, lag: null };
  const { tip, lag } = chainStatus(snapshot);
  return { ...counts, height: tip?.height ?? null, lag };
}

/** The transports of subscriptions. */
const STREAM_TRANSPORTS = ['sse', 'websocket'] as const;
type StreamTransport = (typeof STREAM_TRANSPORTS)[number];

/** The events of a subscription that are counted. */
interface CountedStream {
  onDelivery(callBack: () => void): void;
  onEnd(callBack: () => void): void;
}

type CountsByTransport = Record<StreamTransport, number>;

/** Counts the open subscriptions, the events that were sent, and slow readers. */
export class OpenSubscriptions {
  readonly #open: CountsByTransport = { sse: 0, websocket: 0 };
  readonly #events: CountsByTransport = { sse: 0, websocket: 0 };
  readonly #slow: CountsByTransport = { sse: 0, websocket: 0 };

  get counts(): Readonly<CountsByTransport> {
    return this.#open;
  }

  /** Events that were sent to subscribers. */
  get events(): Readonly<CountsByTransport> {
    return this.#events;
  }

  /** Subscribers that did not read what they were sent, and were disconnected. */
  get slow(): Readonly<CountsByTransport> {
    return this.#slow;
  }

  /** Counts a stream until it ends. */
  add(stream: CountedStream, transport: StreamTransport): void {
    this.#open[transport] += 1;
    stream.onDelivery(() => {
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
