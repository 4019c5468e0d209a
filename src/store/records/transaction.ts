import { ByteReader, ByteWriter, concatBytes } from '../../chain/bytes.ts';
import type { Network } from '../../chain/networks.ts';
import { splitTokenPrefix, type TokenData } from '../../chain/token.ts';
import { type Transaction, transactionFromBytes } from '../../chain/transaction.ts';
import type { SpentOutput } from '../../chain/undo.ts';
import { BitqlError } from '../../errors.ts';
import { pieceKey } from '../position.ts';
import type { ReadStore, Row } from '../store.ts';

/** A transaction with what it spends: the truth that everything else is derived from. */
export interface TransactionRecord<S extends SpentOutput = SpentOutput> {
  readonly transaction: Transaction;
  /** In input order, null for an output that is not known; empty for a coinbase. */
  readonly spent: readonly (S | null)[];
}

/** A spent output with its script field taken apart, as {@link Output} does it. */
export interface KnownOutput extends SpentOutput {
  readonly lockingScript: Uint8Array;
  readonly token: TokenData | null;
}

/** The largest record in one row; what is longer goes into pieces. MongoDB's limit is 16 MiB for all of a document. */
export const MAX_INLINE_LENGTH = 8 * 1024 * 1024;
export const PIECE_LENGTH = 4 * 1024 * 1024;

const INLINE = 0;
const IN_PIECES = 1;

/** The rows of a transaction: one, and pieces where it is large. */
export interface TransactionRows {
  readonly transaction: Row;
  readonly payloads: readonly Row[];
}

/** Layout of a record: length of the undo, undo, raw bytes. */
export function transactionRows(position: Uint8Array, record: TransactionRecord): TransactionRows {
  const { transaction, spent } = record;
  const undo = encodeUndo(spent);
  const head = new ByteWriter(9).compactSize(undo.length).finish();
  const length = head.length + undo.length + transaction.bytes.length;
  if (length <= MAX_INLINE_LENGTH) {
    const value = concatBytes(Uint8Array.of(INLINE), head, undo, transaction.bytes);
    return { transaction: { key: position, value }, payloads: [] };
  }
  const bytes = concatBytes(head, undo, transaction.bytes);
  const value = new ByteWriter(10).u8(IN_PIECES).compactSize(length).finish();
  return { transaction: { key: position, value }, payloads: piecesOf(position, bytes) };
}

/** The records behind row values of the `transactions` table; pieces are read where a record has them. */
export async function readTransactions(
  store: ReadStore,
  rows: readonly Row[],
  network: Network,
): Promise<TransactionRecord<KnownOutput>[]> {
  return Promise.all(rows.map(async (row) => decodeRecord(await recordBytes(store, row), network)));
}

function piecesOf(position: Uint8Array, bytes: Uint8Array): Row[] {
  return Array.from({ length: Math.ceil(bytes.length / PIECE_LENGTH) }, (_, piece) => ({
    key: pieceKey(position, piece),
    value: bytes.subarray(piece * PIECE_LENGTH, (piece + 1) * PIECE_LENGTH),
  }));
}

async function recordBytes(store: ReadStore, { key, value }: Row): Promise<Uint8Array> {
  if (value[0] === INLINE) return value.subarray(1);
  const length = new ByteReader(value, 1).compactSize();
  const keys = Array.from({ length: Math.ceil(length / PIECE_LENGTH) }, (_, piece) => pieceKey(key, piece));
  const bytes = new Uint8Array(length);
  for (const [piece, pieceKey] of keys.entries()) {
    const [part] = await store.get('payloads', [pieceKey]);
    if (part == null) throw new BitqlError('STORE_DAMAGED', `Piece ${piece} of a large transaction is missing.`);
    bytes.set(part, piece * PIECE_LENGTH);
  }
  return bytes;
}

function decodeRecord(bytes: Uint8Array, network: Network): TransactionRecord<KnownOutput> {
  const reader = new ByteReader(bytes);
  const undo = new ByteReader(reader.bytes(reader.compactSize()));
  const transaction = transactionFromBytes(reader.bytes(reader.remaining), network);
  return { transaction, spent: decodeUndo(undo, network) };
}

/** Layout for each output: value + 1 (0: not known), length of the script, script. */
function encodeUndo(spent: readonly (SpentOutput | null)[]): Uint8Array {
  const writer = new ByteWriter(spent.length * 40);
  for (const output of spent) {
    if (output === null) writer.compactSize(0);
    else
      writer
        .compactSize(output.value + 1)
        .compactSize(output.script.length)
        .bytes(output.script);
  }
  return writer.finish();
}

function decodeUndo(reader: ByteReader, network: Network): (KnownOutput | null)[] {
  const spent: (KnownOutput | null)[] = [];
  while (reader.remaining > 0) {
    const value = reader.compactSize();
    spent.push(
      value === 0 ? null : knownOutput({ value: value - 1, script: reader.bytes(reader.compactSize()) }, network),
    );
  }
  return spent;
}

/** Takes the script field of a spent output apart, as the network's outputs are. */
export function knownOutput(output: SpentOutput, network: Network): KnownOutput {
  if (!network.cashTokens) return { ...output, lockingScript: output.script, token: null };
  return { ...output, ...splitTokenPrefix(output.script) };
}
