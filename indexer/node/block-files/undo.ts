import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { equalBytes, hashToHex, MalformedBytesError } from '../../../src/chain/bytes.ts';
import { sha256 } from '../../../src/chain/hash.ts';
import type { SpentOutput } from '../../../src/chain/inputs-outputs.ts';
import type { Network } from '../../../src/chain/networks.ts';
import { BitqlError } from '../../../src/errors.ts';
import { readOutputLists } from '../serialized-outputs.ts';
import type { FiledBlock } from './block-table.ts';
import { COMPRESSED_OUTPUTS } from './compressed-outputs.ts';
import { BlockFile, type BlockFolder, type ByteRange, type FileName, fileChunks, pathOf } from './files.ts';
import { RevIndex, UNDO_CHECKSUM_LENGTH } from './rev-index.ts';

/** Blocks near the end of a file lie in two by turns, and a fork or two may reach further. */
const KEPT_INDEXES = 4;
const CHUNK = 1024 * 1024;

/** Reads what blocks spend from the rev files beside their own. */
export class UndoReader {
  readonly #folder: BlockFolder;
  readonly #network: Network;
  /** By the number of the file; the one used last comes last. */
  readonly #indexes = new Map<number, Promise<RevIndex | null>>();

  constructor(folder: BlockFolder, network: Network) {
    this.#folder = folder;
    this.#network = network;
  }

  /** Null where the files have no record of the block, as of one that was never on the main chain. */
  async spentOutputs(block: FiledBlock): Promise<AsyncIterable<readonly SpentOutput[]> | null> {
    // Nothing but a coinbase: there is nothing to look up.
    if (block.transactionCount === 1) return withCoinbase(none());
    const record = await this.#find(block);
    return record === null ? null : withCoinbase(this.#lists(block, record));
  }

  /** A record does not name its block: the checksum tells. */
  async #find({ file: number, transactionCount, header }: FiledBlock): Promise<ByteRange | null> {
    const index = await this.#indexOf(number);
    if (index === null) return null;
    using file = new BlockFile(this.#folder, { kind: 'rev', number });
    return await index.find(transactionCount - 1, (record) => isUndoOf(header.previousHash, record, file));
  }

  #indexOf(number: number): Promise<RevIndex | null> {
    const index = this.#indexes.get(number) ?? RevIndex.read(this.#folder, number, this.#network.magic);
    this.#indexes.delete(number);
    this.#indexes.set(number, index);
    index.catch(() => this.#indexes.delete(number));
    if (this.#indexes.size > KEPT_INDEXES) this.#indexes.delete(this.#indexes.keys().next().value!);
    return index;
  }

  async *#lists({ file, header }: FiledBlock, record: ByteRange): AsyncGenerator<SpentOutput[]> {
    const name: FileName = { kind: 'rev', number: file };
    try {
      yield* readOutputLists(fileChunks(this.#folder, name, record), COMPRESSED_OUTPUTS);
    } catch (error) {
      if (!(error instanceof MalformedBytesError)) throw error;
      const what = `the outputs that block ${hashToHex(header.hash)} spends`;
      throw new BitqlError('NODE_REFUSED', `${pathOf(this.#folder, name)} is damaged in ${what}.`, error);
    }
  }
}

/** Core: CBlockUndo has a list for each transaction but the coinbase. */
async function* withCoinbase(others: AsyncIterable<SpentOutput[]>): AsyncGenerator<SpentOutput[]> {
  yield [];
  yield* others;
}

async function* none(): AsyncGenerator<never> {}

/** Whether the checksum behind a record is that of a block with this parent. */
async function isUndoOf(previousHash: Uint8Array, { offset, length }: ByteRange, file: BlockFile): Promise<boolean> {
  const end = offset + length;
  const hash = createHash('sha256').update(previousHash);
  for (let at = offset; at < end; at += CHUNK) {
    if (at > offset) await setImmediate();
    hash.update(file.readAll({ offset: at, length: Math.min(CHUNK, end - at) }));
  }
  return equalBytes(sha256(hash.digest()), file.readAll({ offset: end, length: UNDO_CHECKSUM_LENGTH }));
}
