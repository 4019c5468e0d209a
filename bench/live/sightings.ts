import { Subscriber } from 'zeromq';
import { hashToHex, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';

/** What takes so long is lost, and with it the measurement. */
const LOST_MS = 15_000;

/** When each of some things was first seen, as `performance.now` has it. */
export class Sightings {
  readonly #what: string;
  readonly #seen = new Map<string, number>();
  readonly #awaited = new Map<string, (at: number) => void>();

  /** @param what says whose sightings they are */
  constructor(what: string) {
    this.#what = what;
  }

  note(name: string, at: number): void {
    if (this.#seen.has(name)) return;
    this.#seen.set(name, at);
    this.#awaited.get(name)?.(at);
  }

  /** Waits for it if need be; one at a time may wait for the same. @throws where it does not come */
  async of(name: string): Promise<number> {
    const seen = this.#seen.get(name);
    if (seen !== undefined) return seen;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const timer = setTimeout(() => reject(new Error(`${this.#what}: "${name}" did not come`)), LOST_MS);
    this.#awaited.set(name, resolve);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#awaited.delete(name);
    }
  }
}

const REGTEST = networkById('btc-regtest');

/** When a plain ZMQ subscriber of the node hears of transactions and blocks: nobody can tell of them earlier. */
export class NodePublications implements Disposable {
  readonly #socket = new Subscriber({ linger: 0 });
  readonly #seen = new Sightings('The node');

  constructor(address: string) {
    this.#socket.subscribe('rawtx', 'hashblock');
    this.#socket.connect(address);
    void this.#read();
  }

  transaction(txid: string): Promise<number> {
    return this.#seen.of(txid);
  }

  block(hash: string): Promise<number> {
    return this.#seen.of(hash);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #read(): Promise<void> {
    for await (const [topic, body] of this.#socket) {
      const at = performance.now();
      // A block's hash comes in display order.
      const isBlock = String(topic) === 'hashblock';
      this.#seen.note(isBlock ? toHex(body!) : hashToHex(transactionFromBytes(body!, REGTEST).txid), at);
    }
  }
}
