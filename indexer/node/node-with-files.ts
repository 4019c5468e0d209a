import type { BlockHeader } from '../../src/chain/header.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { HeaderInfo } from '../../src/rpc/answers.ts';
import type { BlockFilesNode } from './block-files/block-files-node.ts';
import type { ChainNode, NodeInfo, RawBlock } from './node.ts';

/** A node of which old blocks are read from its disk: it tells the chain, its files give what they hold of it. */
export class NodeWithFiles implements ChainNode {
  readonly hasUndo: boolean;
  readonly #node: ChainNode;
  readonly #files: BlockFilesNode;

  constructor(node: ChainNode, files: BlockFilesNode) {
    this.#node = node;
    this.#files = files;
    this.hasUndo = files.hasUndo;
  }

  info(): Promise<NodeInfo> {
    return this.#node.info();
  }

  blockHash(height: number): Promise<string | null> {
    return this.#node.blockHash(height);
  }

  header(hash: string): Promise<HeaderInfo | null> {
    return this.#node.header(hash);
  }

  headers(height: number, count: number): Promise<BlockHeader[]> {
    return this.#node.headers(height, count);
  }

  transactionCount(hash: string): Promise<number | null> {
    return this.#node.transactionCount(hash);
  }

  block(hash: string): Promise<RawBlock> {
    return this.#files.has(hash) ? this.#files.block(hash) : this.#node.block(hash);
  }

  async spentOutputs(hash: string): Promise<AsyncIterable<readonly SpentOutput[]> | null> {
    const filed = this.#files.has(hash) ? await this.#files.spentOutputs(hash) : null;
    return filed ?? this.#node.spentOutputs(hash);
  }
}
