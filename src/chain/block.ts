import { ByteReader, concatBytes, MalformedBytesError, viewOf } from './bytes.ts';
import { type BlockHeader, HEADER_SIZE, parseHeader } from './header.ts';
import type { Network } from './networks.ts';
import { type ScanLimit, TransactionScanner } from './scan.ts';
import { parseTransaction, type Transaction, transactionAt } from './transaction.ts';

/** Version, two counts and lock time: what a transaction takes at least. */
const MIN_TRANSACTION_SIZE = 10;
/** The most bytes that the CompactSize of a count takes. */
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

/** A block that is read while it arrives. */
export interface BlockStream {
  readonly header: BlockHeader;
  readonly transactionCount: number;
  /** In block order; can be read once. Leaving early closes the source. */
  readonly transactions: AsyncIterable<Transaction>;
}

/** Bounds of `readBlock`. */
export interface ReadBlockOptions {
  /** A larger transaction is refused, which bounds the memory. Default: 1 GB. */
  readonly maxTransactionSize?: number;
}

/**
 * Reads a block of any size from chunks of its bytes, one transaction at a time. Holds little more than the chunk at
 * hand, or a few times the largest transaction if that is more. Chunks must not be written to afterwards; a transaction
 * that is kept keeps the bytes that arrived with it, unless detached.
 * @throws MalformedBytesError here, or while the transactions are read; offsets are those in the block. Errors of the
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
 * The part of a byte stream that is being read, as one run of bytes. Its bytes are never written again, so views of
 * them stay good for as long as someone keeps them.
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
   * Drops what lies before `start` and reads on until `size` bytes are there. What is kept is at least doubled, so that
   * a large transaction in small chunks is not copied again for each of them.
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

  /** Tells the source that no more will be read. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}
