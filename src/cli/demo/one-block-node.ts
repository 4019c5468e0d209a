import type { BitcoinNode, HeaderInfo, NodeInfo } from '../../../indexer/node/node.ts';
import { hashToHex } from '../../chain/bytes.ts';
import { parseHeader } from '../../chain/header.ts';
import type { SpentOutput } from '../../chain/undo.ts';

/** Stands in for a node of Bitcoin's main chain that has nothing but one block. */
export class OneBlockNode implements BitcoinNode {
  readonly #height: number;
  readonly #bytes: Uint8Array;
  readonly #hash: string;

  constructor(height: number, bytes: Uint8Array) {
    this.#height = height;
    this.#bytes = bytes;
    this.#hash = hashToHex(parseHeader(bytes).hash);
  }

  async info(): Promise<NodeInfo> {
    return {
      currency: 'BTC',
      chain: 'main',
      version: '/BitQL-demo/',
      tip: { height: this.#height, hash: this.#hash },
      headers: this.#height,
      lowestBlock: this.#height,
    };
  }

  async blockHash(height: number): Promise<string | null> {
    return height === this.#height ? this.#hash : null;
  }

  async header(): Promise<HeaderInfo | null> {
    return null;
  }

  async block(): Promise<Uint8Array> {
    return this.#bytes;
  }

  async spentOutputs(): Promise<SpentOutput[][] | null> {
    return null;
  }
}
