import { ByteReader, concatBytes, MalformedBytesError, viewOf } from './bytes.ts';
import { type BlockHeader, HEADER_SIZE, parseHeader } from './header.ts';
import type { Network } from './networks.ts';
import { type ScanLimit, TransactionScanner } from './scan.ts';
import { parseTransaction, type Transaction, transactionAt } from './transaction.ts';

/** The size of the shortest transaction: version, two counts and lock time. */
const MIN_TRANSACTION_SIZE = 10;
/** The longest CompactSize. */
const MAX_COUNT_SIZE = 9;
/** BSV's consensus limit for one transaction since its Genesis upgrade; smaller on the other networks. */
const DEFAULT_MAX_TRANSACTION_SIZE = 1_000_000_000;

/** A whole block in memory. */
export class Block {
  readonly header: BlockHeader;
  readonly transactions: readonly Transaction[];
  readonly bytes: Uint8Array;

  constructor(header: BlockHeader, transactions: readonly Transaction[], bytes: Uint8Array) {
    this.header = header;
    this.transactions = transactions;
    this.bytes = bytes;
  }

  /** Length of the serialization in bytes. */
  get size(): number {
    return this.bytes.length;
  }

  /** Length of the serialization without witnesses, in bytes. */
  get strippedSize(): number {
    return this.transactions.reduce((size, { strippedSize, size: full }) => size - full + strippedSize, this.size);
  }

  /** BIP141: three times the stripped size plus the size. */
  get weight(): number {
    return 3 * this.strippedSize + this.size;
  }
}

/**
 * Reads a whole block; its transactions are views of `bytes`. Neither hashes nor the proof of work are checked.
 * @throws MalformedBytesError also if bytes follow the last transaction
 */
export function parseBlock(bytes: Uint8Array, network: Network): Block {
  const header = parseHeader(bytes);
  const reader = new ByteReader(bytes, HEADER_SIZE);
  const count = reader.compactSize();
  if (count > reader.remaining / MIN_TRANSACTION_SIZE) {
    throw new MalformedBytesError(`the block is too short for ${count} transactions`, HEADER_SIZE);
  }
  const transactions: Transaction[] = [];
  let offset = reader.offset;
  while (transactions.length < count) {
    const transaction = parseTransaction(bytes, network, offset);
    transactions.push(transaction);
    offset += transaction.size;
  }
  if (offset !== bytes.length) throw new MalformedBytesError('bytes follow the last transaction', offset);
  return new Block(header, transactions, bytes);
}

/** A block that is parsed while it arrives. */
export interface BlockStream {
  readonly header: BlockHeader;
  readonly transactionCount: number;
  /** In block order; can be read once. Leaving early closes the source. */
  readonly transactions: AsyncIterable<Transaction>;
}

/** Bounds of `readBlock`. */
export interface ReadBlockOptions {
  /** A larger transaction is refused, which bounds memory [1 GB]. */
  readonly maxTransactionSize?: number;
}

/**
 * Reads a block of any size from chunks of its bytes, one transaction at a time. Holds little more than the current
 * chunk, or a few times the largest transaction if that is more. Chunks must not be modified afterwards; keeping a
 * transaction keeps its chunk in memory, unless it is detached.
 * @throws MalformedBytesError here, or while the transactions are read, with the offset in the block. Errors of the
 *   source pass through.
 */
export async function readBlock(
  chunks: AsyncIterable<Uint8Array>,
  network: Network,
  options: ReadBlockOptions = {},
): Promise<BlockStream> {
  const maxSize = options.maxTransactionSize ?? DEFAULT_MAX_TRANSACTION_SIZE;
  const limit = { size: maxSize, reason: `a transaction larger than the limit of ${maxSize} bytes` };
  const window = new ChunkWindow(chunks);
  try {
    await window.refill(0, HEADER_SIZE + MAX_COUNT_SIZE);
    const header = parseHeader(window.bytes).detach();
    const reader = new ByteReader(window.bytes, HEADER_SIZE);
    const transactionCount = reader.compactSize();
    const transactions = readTransactions(window, { start: reader.offset, count: transactionCount }, network, limit);
    return { header, transactionCount, transactions };
  } catch (error) {
    await window.close();
    throw error;
  }
}

async function* readTransactions(
  window: ChunkWindow,
  { start, count }: { readonly start: number; readonly count: number },
  network: Network,
  limit: ScanLimit,
): AsyncGenerator<Transaction> {
  let offset = start;
  const rules = { segwit: network.segwit, limit };
  try {
    for (let i = 0; i < count; i++) {
      const scanner = new TransactionScanner(rules, window.bytes, offset, window.position + offset);
      let layout = scanner.scan();
      while (layout === null) {
        if (!(await window.refill(offset, scanner.needed))) throw endOfBlock(window);
        offset = 0;
        scanner.moveTo(window.bytes, offset);
        layout = scanner.scan();
      }
      yield transactionAt(window.bytes, offset, layout, network);
      offset += layout.size;
    }
    await window.refill(offset, 1);
    if (window.bytes.length > 0) throw new MalformedBytesError('bytes follow the last transaction', window.position);
  } finally {
    await window.close();
  }
}

function endOfBlock(window: ChunkWindow): MalformedBytesError {
  return new MalformedBytesError('the block ends before its last transaction', window.position + window.bytes.length);
}

const NOTHING = new Uint8Array(0);

/**
 * The current part of a byte stream, as one array. Its bytes are never modified, so views of them stay valid.
 */
export class ChunkWindow {
  bytes: Uint8Array = NOTHING;
  /** The offset in the stream at which `bytes` starts. */
  position = 0;
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * Drops the bytes before `start` and reads on until `size` bytes are available. The kept part is at least doubled, so
   * that a large transaction in small chunks is not copied again for each chunk.
   * @returns false if the stream ended before
   */
  async refill(start: number, size: number): Promise<boolean> {
    const kept = viewOf(this.bytes, start, this.bytes.length);
    const parts = kept.length === 0 ? [] : [kept];
    const wanted = Math.max(size, 2 * kept.length);
    let held = kept.length;
    while (held < wanted) {
      const { done, value } = await this.chunks.next();
      if (done) break;
      parts.push(value);
      held += value.length;
    }
    this.position += start;
    this.bytes = parts.length === 1 ? parts[0]! : concatBytes(...parts);
    return held >= size;
  }

  /** Closes the source. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}
