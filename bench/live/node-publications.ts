import { Subscriber } from 'zeromq';
import { hashToHex, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { Sightings } from './sightings.ts';

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
