import { Subscriber } from 'zeromq';
import { hashToHex, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';

/** After this time an event counts as lost, and the measurement fails. */
const LOST_MS = 15_000;

/** Notes when each event was first seen, by `performance.now`. */
export class Sightings {
  readonly #what: string;
  readonly #seen = new Map<string, number>();
  readonly #awaited = new Map<string, (at: number) => void>();

  /** @param what the observer, for messages */
  constructor(what: string) {
    this.#what = what;
  }

  note(name: string, at: number): void {
    if (this.#seen.has(name)) return;
    this.#seen.set(name, at);
    this.#awaited.get(name)?.(at);
  }

  /** When an event was first seen; waits for it if necessary. Only one caller may wait for each. @throws if it does not come */
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

/** When a plain ZMQ subscriber of the node receives transactions and blocks: the earliest time at which they can be known. */
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
