import { Subscriber } from 'zeromq';
import { Random } from '../chain/random.ts';
import { ZmqPublisher } from './zmq-publisher.ts';

/** How many of 100 messages are dropped, come twice, or come after the next one. */
export interface Faults {
  readonly drop: number;
  readonly repeat: number;
  readonly swap: number;
}

type Message = readonly Buffer[];

/**
 * A proxy between a node that publishes and its listeners, which drops, repeats and swaps messages as a seed determines.
 * The messages keep the node's numbers. Unlike a network, it does not show a restart of the node: its own connection to the
 * listener stays.
 */
export class UnreliableZmq implements AsyncDisposable {
  readonly counts = { passed: 0, dropped: 0, repeated: 0, swapped: 0 };
  readonly #from = new Subscriber({ linger: 0, receiveHighWaterMark: 100_000 });
  readonly #to: ZmqPublisher;
  readonly #random: Random;
  readonly #reading: Promise<void>;
  #faults: Faults;
  #held: Message | null = null;

  private constructor(from: string, to: ZmqPublisher, seed: number, faults: Faults) {
    this.#to = to;
    this.#random = new Random(seed);
    this.#faults = faults;
    this.#from.subscribe();
    this.#from.connect(from);
    this.#reading = this.#read();
  }

  /** @param address the address at which the node publishes */
  static async before(address: string, seed: number, faults: Faults): Promise<UnreliableZmq> {
    return new UnreliableZmq(address, await ZmqPublisher.open(), seed, faults);
  }

  /** The address to listen to. */
  get address(): string {
    return this.#to.address;
  }

  /** Resolves when somebody listens to all of these topics. */
  heard(...topics: readonly string[]): Promise<true> {
    return this.#to.heard(...topics);
  }

  /** From now on, all messages pass unchanged, and so do those that were held back. */
  async calm(): Promise<void> {
    this.#faults = { drop: 0, repeat: 0, swap: 0 };
    await this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#from.close();
    await this.#reading;
    this.#to.close();
  }

  async #read(): Promise<void> {
    for await (const message of this.#from) await this.#handle(message);
  }

  async #handle(message: Message): Promise<void> {
    const { drop, repeat, swap } = this.#faults;
    const chance = this.#random.below(100);
    if (chance < drop) {
      this.counts.dropped += 1;
      return;
    }
    if (chance < drop + swap && this.#held === null) {
      this.counts.swapped += 1;
      this.#held = message;
      return;
    }
    await this.#pass(message);
    if (chance >= 100 - repeat) {
      this.counts.repeated += 1;
      await this.#to.send(...message);
    }
    await this.#release();
  }

  async #pass(message: Message): Promise<void> {
    this.counts.passed += 1;
    await this.#to.send(...message);
  }

  async #release(): Promise<void> {
    const held = this.#held;
    this.#held = null;
    if (held !== null) await this.#pass(held);
  }
}
