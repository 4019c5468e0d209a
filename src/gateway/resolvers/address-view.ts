import { addressOf, lockingScriptOf } from '../../chain/address.ts';
import type { Network } from '../../chain/networks.ts';
import { type AddedUp, addUp } from '../../query/balance.ts';
import type { ChainReader } from '../../query/reader.ts';
import type { Budget } from '../../query/work.ts';

/** An address in one request. */
export class AddressView {
  /** In the network's usual form. */
  readonly address: string;
  readonly lockingScript: Uint8Array;
  #sums: Promise<AddedUp> | undefined;

  /** @param lockingScript of a type that has an address on the network */
  constructor(lockingScript: Uint8Array, network: Network) {
    this.address = addressOf(lockingScript, network)!;
    this.lockingScript = lockingScript;
  }

  /** @throws AddressError if the text is not an address of the network */
  static parse(text: string, network: Network): AddressView {
    return new AddressView(lockingScriptOf(text, network), network);
  }

  /** Added up once, whichever fields ask for it. */
  sums(reader: ChainReader, budget: Budget): Promise<AddedUp> {
    this.#sums ??= addUp(reader, [this.lockingScript], budget);
    return this.#sums;
  }
}
