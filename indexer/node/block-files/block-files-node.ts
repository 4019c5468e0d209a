import { existsSync } from 'node:fs';
import { hashToHex } from '../../../src/chain/bytes.ts';
import { type BlockHeader, HEADER_SIZE, parseHeader } from '../../../src/chain/header.ts';
import type { SpentOutput } from '../../../src/chain/inputs-outputs.ts';
import { NETWORK_IDS, type Network, type NetworkId, networkById } from '../../../src/chain/networks.ts';
import { BitqlError } from '../../../src/errors.ts';
import type { HeaderInfo } from '../../../src/rpc/answers.ts';
import type { ChainNode, NodeInfo, RawBlock } from '../node.ts';
import { checkedBlock } from '../raw-block.ts';
import { BlockFile, type BlockFolder, fileChunks, openBlockFolder, pathOf } from './block-folder.ts';
import type { FiledBlock, FiledChain } from './filed-chain.ts';
import { CURE, readChain } from './read-chain.ts';
import { UndoReader } from './undo.ts';

/** Length of a record's magic. */
const MAGIC = 4;
const LENGTH_AND_MAGIC = MAGIC + 4;

/** Another source of blocks. */
type BlockOrigin = Pick<ChainNode, 'block'>;

/** A node's block files, read from its disk; the node need not run. They show the chain as it was when they were opened. */
export class BlockFilesNode implements ChainNode {
  readonly hasUndo: boolean;
  readonly #folder: BlockFolder;
  readonly #network: Network;
  readonly #chain: FiledChain;
  readonly #undo: UndoReader;
  readonly #other: BlockOrigin | null;

  private constructor(folder: BlockFolder, network: Network, chain: FiledChain, other: BlockOrigin | null) {
    this.#folder = folder;
    this.#other = other;
    this.#network = network;
    this.#chain = chain;
    this.#undo = new UndoReader(folder, network);
    this.hasUndo = existsSync(pathOf(folder, { kind: 'rev', number: folder.numbers[0]! }));
  }

  /**
   * @param path bitcoind's folder `blocks`, or its parent
   * @param wanted the network of a node, with the magic of its files, or the name of a network; null: the network of
   *   the files' magic, or BTC's if several currencies share it
   * @param signal ends it early, with an AbortError: there may be hundreds of thousands of blocks to read
   * @param other gives a block that is damaged here [none]
   * @throws BAD_SETTING, NODE_WRONG_NETWORK, BLOCK_DAMAGED
   */
  static async open(
    path: string,
    wanted: Network | NetworkId | null,
    signal: AbortSignal,
    other: BlockOrigin | null = null,
  ): Promise<BlockFilesNode> {
    const folder = openBlockFolder(path);
    const network = wanted === null || typeof wanted === 'string' ? networkOf(folder, wanted) : wanted;
    const chain = await readChain(folder, network, signal);
    if (chain.length === 0) {
      throw new BitqlError('NODE_WRONG_NETWORK', `The files in ${folder.path} have no blocks of ${network.id}.`);
    }
    return new BlockFilesNode(folder, network, chain, other);
  }

  /** What is wrong with the files as a whole, and what helps; null if each block leads down to the first. */
  get damage(): string | null {
    return this.#chain.damage;
  }

  async info(): Promise<NodeInfo> {
    const { currency, chain } = this.#network;
    const { start, length } = this.#chain;
    const height = start + length - 1;
    const tip = { height, hash: hashToHex(this.#chain.at(height)!.header.hash) };
    const version = `files in ${this.#folder.path}`;
    return { currency, chain, version, tip, headers: height, lowestBlock: start, damage: this.damage };
  }

  async blockHash(height: number): Promise<string | null> {
    const block = this.#chain.at(height);
    return block === null ? null : hashToHex(block.header.hash);
  }

  async header(hash: string): Promise<HeaderInfo | null> {
    const block = this.#chain.find(hash);
    // Without the first block, the work below is not known.
    if (block === null || this.#chain.start !== 0) return null;
    const { previousHash, time } = block.header;
    return {
      previousHash: previousHash.every((byte) => byte === 0) ? null : hashToHex(previousHash),
      time,
      chainWork: this.#chain.workUpTo(hash),
    };
  }

  async headers(height: number, count: number): Promise<BlockHeader[]> {
    const headers: BlockHeader[] = [];
    for (let at = height; at < height + count; at++) {
      const block = this.#chain.at(at);
      if (block === null) break;
      headers.push(block.header.detach());
    }
    return headers;
  }

  /** Whether the files hold a block. */
  has(hash: string): boolean {
    return this.#chain.find(hash) !== null;
  }

  async transactionCount(hash: string): Promise<number | null> {
    return this.#chain.start === 0 ? this.#chain.transactionsUpTo(hash) : null;
  }

  async block(hash: string): Promise<RawBlock> {
    const block = this.#filed(hash);
    const name = { kind: 'blk', number: block.file } as const;
    const other = this.#other;
    const again = other === null ? null : () => other.block(hash);
    const source = { name: pathOf(this.#folder, name), cure: CURE, again };
    return checkedBlock({ size: block.length, chunks: fileChunks(this.#folder, name, block), source }, hash);
  }

  async spentOutputs(hash: string): Promise<AsyncIterable<readonly SpentOutput[]> | null> {
    return this.#undo.spentOutputs(this.#filed(hash));
  }

  #filed(hash: string): FiledBlock {
    const block = this.#chain.find(hash);
    if (block !== null) return block;
    throw new BitqlError('NODE_REFUSED', `The files in ${this.#folder.path} do not have block ${hash}.`);
  }
}

/**
 * The network by the first bytes of the files. A signet with its own challenge has its own magic (BIP 325), and the
 * first block of all signets.
 */
function networkOf(folder: BlockFolder, wanted: NetworkId | null): Network {
  const name = { kind: 'blk', number: folder.numbers[0]! } as const;
  using file = new BlockFile(folder, name);
  const begin = file.read(0, LENGTH_AND_MAGIC + HEADER_SIZE);
  const magic = begin.slice(0, MAGIC);
  const signet = networkById('btc-signet');
  if (wanted === null || wanted === signet.id) {
    const header = begin.subarray(LENGTH_AND_MAGIC);
    const isSignet = header.length === HEADER_SIZE && hashToHex(parseHeader(header).hash) === signet.genesisHash;
    if (isSignet) return { ...signet, magic };
  }
  if (wanted !== null) return networkById(wanted);
  const found = NETWORK_IDS.map(networkById).find((network) => Buffer.compare(network.magic, magic) === 0);
  if (found !== undefined) return found;
  throw new BitqlError(
    'BAD_SETTING',
    `The block files in ${folder.path} belong to a network that BitQL does not know, or are damaged from the first byte of ` +
      `${pathOf(folder, name)} on. If they are damaged, name their network with --network.`,
  );
}

/** A node whose old blocks are read from its disk: it says what the chain is, and its files hold most of the blocks. */
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
