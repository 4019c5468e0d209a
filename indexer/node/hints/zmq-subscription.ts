import { type Event, Subscriber } from 'zeromq';
import { u32At } from '../../../src/chain/bytes.ts';
import type { Network } from '../../../src/chain/networks.ts';
import type { Hint } from './hint.ts';
import type { ZmqDialect } from './zmq-dialects.ts';

/** How many unread messages ZMQ keeps; further ones are lost. A block publishes all its transactions at once. */
const MOST_WAITING = 20_000;
/**
 * A longer message breaks the connection, which is reported as 'lost'. No raw transaction of that length is worth the
 * memory.
 */
const MOST_BYTES = 64 * 1024 * 1024;
/**
 * After this much silence a heartbeat is sent. Without an answer within the timeout, the connection is closed and
 * opened again.
 */
const HEARTBEAT_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 20_000;
const RECONNECT_MS = 100;
const RECONNECT_MAX_MS = 2_000;
/** ZMQ reports at once that it will reconnect. If it has not done so after this time, it has given up the peer. */
const GIVEN_UP_MS = 1_000;
const SEQUENCE_SIZE = 4;
const NO_BODY = new Uint8Array(0);

export interface ZmqSubscriptionOptions {
  readonly address: string;
  readonly topics: readonly string[];
  /** Reads the node's messages. */
  readonly dialect: ZmqDialect;
  readonly network: Network;
  readonly deliver: (hint: Hint) => void;
}

/** Listens at one address until it is closed. ZMQ reconnects by itself. */
export class ZmqSubscription {
  readonly #socket: Subscriber;
  readonly #address: string;
  readonly #dialect: ZmqDialect;
  readonly #network: Network;
  readonly #topics: ReadonlySet<string>;
  readonly #deliver: (hint: Hint) => void;
  readonly #numbers = new SequenceNumbers();
  #givenUp: NodeJS.Timeout | undefined;

  /** @throws Error for an invalid address */
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
    // Started before connecting: otherwise the first connection would not be noticed.
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
      // Nothing that arrives over the network leads here. A caller that also polls misses nothing.
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
      // Messages may have been missed before each new connection.
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

  /**
   * ZMQ gives up a peer that breaks its protocol, for example with a message that is too long. The next message may be
   * valid.
   */
  #connectAgain(): void {
    this.#expectConnection();
    try {
      this.#socket.disconnect(this.#address);
    } catch {
      // It is not connected.
    }
    this.#socket.connect(this.#address);
  }

  /** A message consists of topic, body and sequence number (Core: doc/zmq.md). */
  #read([topicBytes, body, number]: readonly Buffer[]): void {
    const topic = topicBytes?.toString('latin1') ?? '';
    // ZMQ also delivers topics that only begin with a subscribed one.
    if (!this.#topics.has(topic)) return;
    const isWhole = body !== undefined && number?.length === SEQUENCE_SIZE;
    if (!isWhole || this.#numbers.isGap(topic, u32At(number, 0))) this.#deliver({ kind: 'lost' });
    const read = this.#dialect.readers.get(topic);
    for (const hint of read?.(body ?? NO_BODY, this.#network) ?? []) this.#deliver(hint);
  }
}

/** Half of the range of 32-bit numbers. A number that seems further ahead than this is an earlier one. */
const HALF = 0x8000_0000;

/**
 * Checks the sequence numbers of messages. Nodes number the messages of each topic from 0, in 32 bits, since they
 * started.
 */
export class SequenceNumbers {
  readonly #last = new Map<string, number>();

  /** Whether messages of the topic before this one are missing, or may be: also true after a restart of the node. */
  isGap(topic: string, number: number): boolean {
    const last = this.#last.get(topic);
    if (last === undefined) {
      this.#last.set(topic, number);
      return number !== 0;
    }
    const ahead = (number - last) >>> 0;
    const isRestart = number === 0 && ahead !== 1 && last !== 0;
    if ((ahead > 0 && ahead < HALF) || isRestart) this.#last.set(topic, number);
    return isRestart || (ahead > 1 && ahead < HALF);
  }

  /** Called for a new connection, because it is not known how many messages were missed. */
  forget(): void {
    this.#last.clear();
  }
}
