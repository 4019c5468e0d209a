import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import type { BlockHeader } from '../../src/chain/header.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { Network } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import type { HeaderInfo } from '../../src/rpc/answers.ts';
import type { ChainNode, NodeInfo, RawBlock } from './node.ts';
import { blockInMemory } from './raw-block.ts';

/** A node that has only a list of consecutive blocks, such as one block from a file. */
export class BlockListNode implements ChainNode {
  readonly hasUndo = false;
  readonly #network: Network;
  readonly #first: number;
  readonly #headers: readonly BlockHeader[];
  /** Number of transactions of each block. */
  readonly #counts: readonly number[];
  readonly #blocks: ReadonlyMap<string, Uint8Array>;

  /**
   * @param first the height of the first block
   * @param blocks raw, at least one
   * @throws MalformedBytesError
   */
  constructor(network: Network, first: number, blocks: readonly Uint8Array[]) {
    this.#network = network;
    this.#first = first;
    const parsed = blocks.map((bytes) => parseBlock(bytes, network));
    this.#headers = parsed.map(({ header }) => header.detach());
    this.#counts = parsed.map(({ transactions }) => transactions.length);
    this.#blocks = new Map(blocks.map((bytes, i) => [hashToHex(this.#headers[i]!.hash), bytes]));
  }

  async info(): Promise<NodeInfo> {
    const { currency, chain } = this.#network;
    const height = this.#first + this.#headers.length - 1;
    const tip = { height, hash: hashToHex(this.#headers.at(-1)!.hash) };
    return { currency, chain, version: 'a list of blocks', tip, headers: height, lowestBlock: this.#first };
  }

  async blockHash(height: number): Promise<string | null> {
    const header = this.#headers[height - this.#first];
    return header === undefined ? null : hashToHex(header.hash);
  }

  /** Always null: the chain below its blocks is not known, nor is their work. */
  async header(): Promise<HeaderInfo | null> {
    return null;
  }

  async headers(height: number, count: number): Promise<BlockHeader[]> {
    const start = height - this.#first;
    return start < 0 ? [] : this.#headers.slice(start, start + count);
  }

  async transactionCount(hash: string): Promise<number | null> {
    const place = this.#headers.findIndex((header) => hashToHex(header.hash) === hash);
    if (this.#first !== 0 || place < 0) return null;
    return this.#counts.slice(0, place + 1).reduce((sum, count) => sum + count);
  }

  async block(hash: string): Promise<RawBlock> {
    const bytes = this.#blocks.get(hash);
    if (bytes === undefined) throw new BitqlError('NODE_REFUSED', `There is no block ${hash} in the list.`);
    const source = { name: 'the list', cure: 'Get the block again.', again: null };
    return blockInMemory([bytes], source);
  }

  async spentOutputs(_hash: string): Promise<AsyncIterable<readonly SpentOutput[]> | null> {
    return null;
  }
}
