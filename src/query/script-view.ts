import { addressOf } from '../chain/address.ts';
import type { Network } from '../chain/networks.ts';
import { type ScriptType, scriptType } from '../chain/script.ts';
import type { TokenData } from '../chain/token.ts';
import type { KnownOutput } from '../store/transactions.ts';

/** A locking script with its type and address on a network. */
export abstract class ScriptView {
  protected readonly network: Network;
  abstract get lockingScript(): Uint8Array;
  #address: string | null | undefined;
  #type: ScriptType | undefined;

  constructor(network: Network) {
    this.network = network;
  }

  get type(): ScriptType {
    this.#type ??= scriptType(this.lockingScript, this.network);
    return this.#type;
  }

  get address(): string | null {
    if (this.#address === undefined) this.#address = addressOf(this.lockingScript, this.network);
    return this.#address;
  }
}

/** An output that an input spends. */
export class SpentOutputView extends ScriptView {
  readonly value: number;
  readonly token: TokenData | null;
  readonly #output: KnownOutput;

  constructor(output: KnownOutput, network: Network) {
    super(network);
    this.value = output.value;
    this.token = output.token;
    this.#output = output;
  }

  get lockingScript(): Uint8Array {
    return this.#output.lockingScript;
  }
}
