import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import type { BitcoinNode, HeaderInfo, NodeInfo } from './node.ts';

/** A node that has nothing but a list of consecutive blocks, such as one block from a file. */
export class BlockListNode implements BitcoinNode {
  readonly #network: Network;
  readonly #first: number;
  readonly #hashes: readonly string[];
  readonly #blocks: ReadonlyMap<string, Uint8Array>;

  /**
   * @param first the height of the first block
   * @param blocks raw, at least one
   */
  constructor(network: Network, first: number, blocks: readonly Uint8Array[]) {
    this.#network = network;
    this.#first = first;
    this.#hashes = blocks.map((bytes) => hashToHex(parseBlock(bytes, network).header.hash));
    this.#blocks = new Map(blocks.map((bytes, i) => [this.#hashes[i]!, bytes]));
  }

  async info(): Promise<NodeInfo> {
    const { currency, chain } = this.#network;
    const height = this.#first + this.#hashes.length - 1;
    const tip = { height, hash: this.#hashes.at(-1)! };
    return { currency, chain, version: 'a list of blocks', tip, headers: height, lowestBlock: this.#first };
  }

  async blockHash(height: number): Promise<string | null> {
    return this.#hashes[height - this.#first] ?? null;
  }

  /** It knows no chain behind its blocks. */
  async header(): Promise<HeaderInfo | null> {
    return null;
  }

  async block(hash: string): Promise<Uint8Array> {
    const bytes = this.#blocks.get(hash);
    if (bytes === undefined) throw new BitqlError('NODE_REFUSED', `There is no block ${hash} in the list.`);
    return bytes;
  }

  async spentOutputs(): Promise<null> {
    return null;
  }
}
