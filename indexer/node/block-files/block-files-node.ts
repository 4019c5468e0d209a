import { hashToHex } from '../../../src/chain/bytes.ts';
import { workFromBits } from '../../../src/chain/header.ts';
import { NETWORK_IDS, type Network, type NetworkId, networkById } from '../../../src/chain/networks.ts';
import type { SpentOutput } from '../../../src/chain/undo.ts';
import { BitqlError } from '../../../src/errors.ts';
import type { BitcoinNode, HeaderInfo, NodeInfo } from '../node.ts';
import { type FiledBlock, type FiledChain, readBlock, readChain } from './chain-of-files.ts';
import { BlockFile, type BlockFolder, openBlockFolder } from './files.ts';
import { readSpentOutputs } from './undo.ts';

/** A node's block files, read from its disk; the node need not run. They show the chain as it was when they were opened. */
export class BlockFilesNode implements BitcoinNode {
  readonly #folder: BlockFolder;
  readonly #network: Network;
  readonly #chain: FiledChain;

  private constructor(folder: BlockFolder, network: Network, chain: FiledChain) {
    this.#folder = folder;
    this.#network = network;
    this.#chain = chain;
  }

  /**
   * @param path bitcoind's folder `blocks`, or the one that it is in
   * @param wanted null: the network of the files' magic, BTC's where several currencies share it
   * @param signal ends it early, with an AbortError: there may be hundreds of thousands of blocks to look at
   * @throws BAD_SETTING, NODE_WRONG_NETWORK
   */
  static async open(path: string, wanted: NetworkId | null, signal: AbortSignal): Promise<BlockFilesNode> {
    const folder = openBlockFolder(path);
    const network = wanted === null ? networkOf(folder) : networkById(wanted);
    const chain = await readChain(folder, network, signal);
    if (chain.blocks.length === 0) {
      throw new BitqlError('NODE_WRONG_NETWORK', `The files in ${folder.path} hold no blocks of ${network.id}.`);
    }
    return new BlockFilesNode(folder, network, chain);
  }

  async info(): Promise<NodeInfo> {
    const { currency, chain } = this.#network;
    const { start, blocks } = this.#chain;
    const tip = { height: start + blocks.length - 1, hash: blocks.at(-1)!.hash };
    return { currency, chain, version: `files in ${this.#folder.path}`, tip, headers: tip.height, lowestBlock: start };
  }

  async blockHash(height: number): Promise<string | null> {
    return this.#chain.blocks[height - this.#chain.start]?.hash ?? null;
  }

  async header(hash: string): Promise<HeaderInfo | null> {
    const { start, blocks, byHash } = this.#chain;
    const block = byHash.get(hash);
    // Without the first block, nobody knows the work below.
    if (block === undefined || start !== 0) return null;
    const place = blocks.indexOf(block);
    const chainWork = blocks.slice(0, place + 1).reduce((work, { header }) => work + workFromBits(header.bits), 0n);
    const previousHash = place === 0 ? null : hashToHex(block.header.previousHash);
    return { previousHash, time: block.header.time, chainWork };
  }

  async block(hash: string): Promise<Uint8Array> {
    return readBlock(this.#folder, this.#filed(hash));
  }

  async spentOutputs(hash: string): Promise<SpentOutput[][] | null> {
    return readSpentOutputs(this.#folder, this.#filed(hash), this.#network);
  }

  #filed(hash: string): FiledBlock {
    const block = this.#chain.byHash.get(hash);
    if (block !== undefined) return block;
    throw new BitqlError('NODE_REFUSED', `The files in ${this.#folder.path} hold no block ${hash}.`);
  }
}

function networkOf(folder: BlockFolder): Network {
  using file = new BlockFile(folder, 'blk', folder.numbers[0]!);
  const magic = file.read(0, 4);
  const found = NETWORK_IDS.map(networkById).find((network) => Buffer.compare(network.magic, magic) === 0);
  if (found !== undefined) return found;
  throw new BitqlError('BAD_SETTING', `The block files in ${folder.path} are of a network that BitQL does not know.`);
}
