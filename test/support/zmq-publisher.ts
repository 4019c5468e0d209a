import { XPublisher } from 'zeromq';
import { until } from '../../dev/until.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';

const LOOPBACK = 'tcp://127.0.0.1';

/** Publishes as nodes do: topic, body, and a 32-bit number that counts the messages of the topic. */
export class ZmqPublisher {
  readonly address: string;
  readonly #socket: XPublisher;
  readonly #numbers = new Map<string, number>();
  readonly #subscribed = new Set<string>();
  #sending: Promise<void> = Promise.resolve();

  private constructor(socket: XPublisher) {
    this.#socket = socket;
    this.address = socket.lastEndpoint!;
    void this.#readSubscriptions();
  }

  /** @param address the address at which to publish [a free port] */
  static async open(address = `${LOOPBACK}:*`): Promise<ZmqPublisher> {
    const socket = new XPublisher({ linger: 0 });
    // A closed publisher releases its address a little later.
    await until(`${address} to be free`, () => isBound(socket, address));
    return new ZmqPublisher(socket);
  }

  /** Resolves when somebody listens to all of these topics. Earlier messages are lost. */
  heard(...topics: readonly string[]): Promise<true> {
    return until(`a subscription to ${topics.join()}`, () => topics.every((topic) => this.#subscribed.has(topic)));
  }

  publish(topic: string, body: Uint8Array | string): Promise<void> {
    return this.send(topic, body, numberFrame(this.#next(topic)));
  }

  /** Counts a message without sending it. */
  lose(topic: string): void {
    this.#next(topic);
  }

  /** Sends exactly these frames. */
  send(...frames: readonly (Uint8Array | string)[]): Promise<void> {
    // One after the other: a socket that is sending refuses to send.
    this.#sending = this.#sending.then(() => this.#socket.send(frames.map((frame) => Buffer.from(frame))));
    return this.#sending;
  }

  close(): void {
    this.#socket.close();
  }

  #next(topic: string): number {
    const number = this.#numbers.get(topic) ?? 0;
    this.#numbers.set(topic, number + 1);
    return number;
  }

  /** A subscription arrives as a message: 1 and the start of the topic; 0 ends it. */
  async #readSubscriptions(): Promise<void> {
    for await (const [frame] of this.#socket) {
      const topic = frame!.subarray(1).toString();
      if (frame![0] === 1) this.#subscribed.add(topic);
      else this.#subscribed.delete(topic);
    }
  }
}

async function isBound(socket: XPublisher, address: string): Promise<boolean> {
  try {
    await socket.bind(address);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EADDRINUSE') return false;
    throw error;
  }
}

export function numberFrame(number: number): Uint8Array {
  return new ByteWriter(4).u32(number).finish();
}
