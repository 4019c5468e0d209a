import { toHex } from '../../chain/bytes.ts';
import { BitqlError } from '../../errors.ts';
import type { ChainReader } from '../../query/reader.ts';
import { type TransactionBytes, transactionBytes } from '../../query/transaction-bytes.ts';
import { MeteredStore, type Work } from '../../query/work.ts';
import { isArrival } from '../../store/commit-number.ts';
import { decodePosition } from '../../store/position.ts';
import type { ReadStore } from '../../store/store.ts';
import type { AskedBytes } from './asked-bytes.ts';
import { type Media, mediaOf, TRANSACTION_MEDIA } from './media-type.ts';

/** A larger transaction is not taken apart: it would be in memory as a whole. */
const MAX_TAKEN_APART = 64 * 1024 * 1024;
/** Blocks with more confirmations are not expected to leave the main chain. */
const DEEP = 6;

/** A transaction whose bytes are asked for. */
export interface FoundTransaction extends TransactionBytes {
  /** Identifies its bytes, with quotation marks, as the header ETag has it: a position determines a row for ever. */
  readonly tag: string;
  /** Whether it is so deep in the chain that it will stay there. */
  readonly isDeep: boolean;
}

/** Bytes to send, read when they are needed. */
export interface BytesToSend {
  readonly length: number;
  readonly media: Media;
  parts(from: number, to: number): AsyncIterable<Uint8Array>;
}

/**
 * Finds a transaction without reading more of it than its first piece.
 * @param store of the gateway: pieces are read past the memory of the request, since they are sent one after the other
 * @throws NOT_FOUND
 */
export async function findTransaction(
  { txid, id }: AskedBytes,
  reader: ChainReader,
  store: ReadStore,
): Promise<FoundTransaction> {
  const stored = await transactionBytes(txid, reader, new MeteredStore(store, withoutMemory(reader.work)));
  if (stored === null) throw new BitqlError('NOT_FOUND', `No transaction with the id ${id} is indexed.`);
  const { key } = stored.row;
  const isDeep = !isArrival(key) && reader.confirmationsOf(decodePosition(key)) > DEEP;
  return { ...stored, tag: `"${toHex(key)}"`, isDeep };
}

/** @throws NOT_FOUND, BUDGET_EXCEEDED */
export async function bytesToSend(
  { push }: AskedBytes,
  found: FoundTransaction,
  reader: ChainReader,
): Promise<BytesToSend> {
  const { raw, row } = found;
  if (push === null) return { length: raw.length, media: TRANSACTION_MEDIA, parts: (from, to) => raw.parts(from, to) };
  if (raw.length > MAX_TAKEN_APART) {
    throw new BitqlError(
      'BUDGET_EXCEEDED',
      `The transaction has ${raw.length} bytes; pushes are found in those of up to ${MAX_TAKEN_APART >> 20} MiB. Ask for a ` +
        'part of it: /tx/TXID/raw with the header Range.',
    );
  }
  const transaction = await reader.transactionOf(row);
  const { output, index } = push;
  if (output >= transaction.outputCount) {
    throw new BitqlError(
      'NOT_FOUND',
      `The transaction has ${transaction.outputCount} outputs, counted from 0: there is no output ${output}.`,
    );
  }
  const { data } = transaction.output(output);
  if (data === null) throw new BitqlError('NOT_FOUND', `Output ${output} is not a data output, so it has no pushes.`);
  const [element] = data.slice(1, index);
  if (element === undefined) {
    throw new BitqlError(
      'NOT_FOUND',
      `Output ${output} has ${data.count} pushes, counted from 0: there is no push ${index}.`,
    );
  }
  const bytes = element.data;
  const parts = async function* (from: number, to: number) {
    yield bytes.subarray(from, to);
  };
  return { length: bytes.length, media: mediaOf(bytes), parts };
}

/** Counts everything but memory. */
function withoutMemory(work: Work): Work {
  return {
    add: (points) => work.add(points),
    hold() {},
    isPatient: work.isPatient,
    goOn: () => work.goOn(),
    whenDone: (callBack) => work.whenDone(callBack),
  };
}
