import { type Event, Subscriber } from 'zeromq';
import { u32At } from '../../../src/chain/bytes.ts';
import type { Network } from '../../../src/chain/networks.ts';
import type { Hint } from './hint.ts';
import { SequenceNumbers } from './sequence-numbers.ts';
import type { ZmqDialect } from './zmq-dialect.ts';

/** Messages that wait to be read; what comes on top is lost. A block publishes all its transactions at once. */
const MOST_WAITING = 20_000;
/** A longer message breaks the connection, which 'lost' tells of. No raw transaction that long is worth the memory. */
const MOST_BYTES = 64 * 1024 * 1024;
/** After so much silence the connection is tried, and after so much more it is given up and made anew. */
const HEARTBEAT_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 20_000;
const RECONNECT_MS = 100;
const RECONNECT_MAX_MS = 2_000;
/** ZMQ says at once that it will connect again; if it did not after so long, it has given the other side up. */
const GIVEN_UP_MS = 1_000;
const SEQUENCE_SIZE = 4;
const NO_BODY = new Uint8Array(0);

export interface ZmqSubscriptionOptions {
  readonly address: string;
  readonly topics: readonly string[];
  /** How the node's messages are read. */
  readonly dialect: ZmqDialect;
  readonly network: Network;
  readonly deliver: (hint: Hint) => void;
}

/** Listens at one address until it is closed; ZMQ connects again by itself. */
export class ZmqSubscription {
  readonly #socket: Subscriber;
  readonly #address: string;
  readonly #dialect: ZmqDialect;
  readonly #network: Network;
  readonly #topics: ReadonlySet<string>;
  readonly #deliver: (hint: Hint) => void;
  readonly #numbers = new SequenceNumbers();
  #givenUp: NodeJS.Timeout | undefined;

  /** @throws Error for an address that cannot be one */
  constructor({ address, topics, dialect, network, deliver }: ZmqSubscriptionOptions) {
    this.#address = address;
    this.#topics = new Set(topics);
    this.#dialect = dialect;
    this.#network = network;
    this.#deliver = deliver;
    this.#socket = new Subscriber({
      ipv6: address.includes('['),
      receiveHighWaterMark: MOST_WAITING,
      maxMessageSize: MOST_BYTES,
      heartbeatInterval: HEARTBEAT_MS,
      heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
      reconnectInterval: RECONNECT_MS,
      reconnectMaxInterval: RECONNECT_MAX_MS,
      linger: 0,
    });
    // Before there is one: a connection that nobody watches is made unnoticed.
    void this.#watchConnection();
    try {
      this.#socket.subscribe(...topics);
      this.#socket.connect(address);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    void this.#readMessages();
  }

  close(): void {
    clearTimeout(this.#givenUp);
    this.#socket.close();
  }

  async #readMessages(): Promise<void> {
    try {
      for await (const frames of this.#socket) this.#read(frames);
    } catch {
      // Nothing that comes by the network leads here. Whoever polls as well misses nothing.
      this.#deliver({ kind: 'lost' });
    }
  }

  async #watchConnection(): Promise<void> {
    try {
      for await (const { type } of this.#socket.events) this.#noteEvent(type);
    } catch {
      this.#deliver({ kind: 'lost' });
    }
  }

  #noteEvent(type: Event['type']): void {
    if (type === 'handshake') {
      // Before each connection there was a time without one.
      this.#numbers.forget();
      this.#deliver({ kind: 'lost' });
    }
    if (type === 'disconnect' && !this.#socket.closed) {
      this.#givenUp ??= setTimeout(() => this.#connectAgain(), GIVEN_UP_MS).unref();
    }
    if (type === 'connect:retry') this.#expectConnection();
  }

  #expectConnection(): void {
    clearTimeout(this.#givenUp);
    this.#givenUp = undefined;
  }

  /** ZMQ gives up who breaks its protocol, also by a message that is too long. The next one may be right. */
  #connectAgain(): void {
    this.#expectConnection();
    try {
      this.#socket.disconnect(this.#address);
    } catch {
      // It is not connected.
    }
    this.#socket.connect(this.#address);
  }

  /** A message has its topic, its body and its number (Core: doc/zmq.md). */
  #read([topicBytes, body, number]: readonly Buffer[]): void {
    const topic = topicBytes?.toString('latin1') ?? '';
    // A subscription is to all topics that begin so.
    if (!this.#topics.has(topic)) return;
    const isWhole = body !== undefined && number?.length === SEQUENCE_SIZE;
    if (!isWhole || this.#numbers.isGap(topic, u32At(number, 0))) this.#deliver({ kind: 'lost' });
    for (const hint of this.#dialect.read(topic, body ?? NO_BODY, this.#network)) this.#deliver(hint);
  }
}
