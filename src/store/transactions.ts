import { ByteWriter } from '../chain/byte-writer.ts';
import { ByteReader, compactSizeLength, equalBytes, MalformedBytesError } from '../chain/bytes.ts';
import type { SpentOutput } from '../chain/inputs-outputs.ts';
import type { Network } from '../chain/networks.ts';
import { NO_RULE, RULE_COUNT, ruleOf, scriptBy } from '../chain/revealed-scripts.ts';
import { splitTokenPrefix, type TokenData } from '../chain/token.ts';
import { type Transaction, transactionFromBytes } from '../chain/transaction.ts';
import { MissingRecordError } from './errors.ts';
import type { RowPacker } from './packed-rows.ts';
import { pieceKey } from './position.ts';
import type { ReadStore, Row } from './store.ts';

/** A transaction with the outputs that it spends. All other rows are derived from these records. */
export interface TransactionRecord<S extends SpentOutput = SpentOutput> {
  readonly transaction: Transaction;
  /** In input order, null for an output that is not known; empty for a coinbase. */
  readonly spent: readonly (S | null)[];
}

/** A spent output with its script field split into token and locking script. */
export interface KnownOutput extends SpentOutput {
  readonly lockingScript: Uint8Array;
  readonly token: TokenData | null;
}

/**
 * The largest record in one row; a longer one is stored in pieces. This bounds memory, as many rows are read at once.
 * MongoDB's limit for a document is 16 MiB.
 */
export const MAX_INLINE_LENGTH = 256 * 1024;
export const PIECE_LENGTH = 4 * 1024 * 1024;

const INLINE = 0;
const IN_PIECES = 1;

/** The tables that rows of transactions are added to. */
export interface TransactionTables {
  readonly transactions: RowPacker;
  readonly payloads: RowPacker;
}

/**
 * Adds the rows of a transaction: one, and pieces if it is large. Layout of a record: length of the undo data, undo data,
 * raw bytes.
 * @param writeHead writes what precedes the record in the first row
 */
export function addTransaction(
  position: Uint8Array,
  record: TransactionRecord,
  tables: TransactionTables,
  writeHead: (writer: ByteWriter) => void = () => {},
): void {
  const undo = undoOf(record);
  const length = compactSizeLength(undo.length) + undo.length + record.transaction.bytes.length;
  const { transactions } = tables;
  transactions.bytes.bytes(position);
  transactions.endKey();
  writeHead(transactions.bytes);
  if (length <= MAX_INLINE_LENGTH) {
    writeUndo(undo, transactions.bytes.u8(INLINE));
    transactions.bytes.bytes(record.transaction.bytes);
  } else {
    transactions.bytes.u8(IN_PIECES).compactSize(length);
    addPieces(position, record.transaction, undo, tables.payloads);
  }
  transactions.endRow();
}

/** Copies the bytes only once, straight to their place: a large transaction may fill most of the memory. */
function addPieces(position: Uint8Array, { bytes }: Transaction, undo: Undo, payloads: RowPacker): void {
  const head = new ByteWriter(undo.length + 9);
  writeUndo(undo, head);
  const length = head.length + bytes.length;
  const memory = head.release();
  for (let piece = 0; piece * PIECE_LENGTH < length; piece++) {
    const from = piece * PIECE_LENGTH;
    const to = Math.min(from + PIECE_LENGTH, length);
    payloads.bytes.bytes(pieceKey(position, piece));
    payloads.endKey().bytes.bytes(memory.subarray(from, Math.min(to, head.length)));
    payloads.bytes.bytes(bytes.subarray(Math.max(0, from - head.length), Math.max(0, to - head.length)));
    payloads.endRow();
  }
}

/** Decodes rows of the `transactions` table, and reads the pieces of records that have them. */
export async function readTransactions(
  store: ReadStore,
  rows: readonly Row[],
  network: Network,
): Promise<TransactionRecord<KnownOutput>[]> {
  return Promise.all(rows.map(async (row) => decodeRecord(await recordBytes(store, row), network)));
}

/** The record of a row; null if it is stored in pieces. */
export function inlineTransaction({ value }: Row, network: Network): TransactionRecord<KnownOutput> | null {
  return value[0] === INLINE ? decodeRecord(value.subarray(1), network) : null;
}

/** The keys of a record's pieces; none if its row holds all of it. */
export function pieceKeysOf({ key, value }: Row): Uint8Array[] {
  return Array.from({ length: Math.ceil(lengthInPieces({ value }) / PIECE_LENGTH) }, (_, piece) =>
    pieceKey(key, piece),
  );
}

/** The length of a record that is stored in pieces; 0 if its row holds all of it. */
export function lengthInPieces({ value }: Pick<Row, 'value'>): number {
  return value[0] === INLINE ? 0 : new ByteReader(value, 1).compactSize();
}

/** The raw bytes of a stored transaction, which may be read a piece at a time. */
export class RawBytes {
  readonly length: number;
  /** Whether they are stored in pieces; otherwise all of them are in memory. */
  readonly isInPieces: boolean;
  readonly #store: ReadStore;
  readonly #row: Row;
  /** The bytes of the record before them. */
  readonly #head: number;

  private constructor(store: ReadStore, row: Row, lengths: { readonly head: number; readonly all: number }) {
    this.#store = store;
    this.#row = row;
    this.#head = lengths.head;
    this.length = lengths.all - lengths.head;
    this.isInPieces = row.value[0] !== INLINE;
  }

  /** @param row of `transactions` */
  static async of(store: ReadStore, row: Row): Promise<RawBytes> {
    const [first, all] =
      row.value[0] === INLINE
        ? [row.value.subarray(1), row.value.length - 1]
        : [await pieceAt(store, pieceKeysOf(row)[0]!), lengthInPieces(row)];
    const undo = new ByteReader(first).compactSize();
    return new RawBytes(store, row, { head: compactSizeLength(undo) + undo, all });
  }

  /** The bytes from one place to before another, each piece read when it is asked for. */
  async *parts(from = 0, to = this.length): AsyncGenerator<Uint8Array> {
    const [start, end] = [this.#head + from, this.#head + to];
    if (!this.isInPieces) {
      yield this.#row.value.subarray(1 + start, 1 + end);
      return;
    }
    const keys = pieceKeysOf(this.#row);
    for (let piece = Math.floor(start / PIECE_LENGTH); piece * PIECE_LENGTH < end; piece++) {
      const bytes = await pieceAt(this.#store, keys[piece]!);
      const at = piece * PIECE_LENGTH;
      yield bytes.subarray(Math.max(0, start - at), Math.min(bytes.length, end - at));
    }
  }
}

async function pieceAt(store: Pick<ReadStore, 'get'>, key: Uint8Array): Promise<Uint8Array> {
  const [piece] = await store.get('payloads', [key]);
  if (piece == null) throw new MissingRecordError('payloads', key);
  return piece;
}

async function recordBytes(store: ReadStore, row: Row): Promise<Uint8Array> {
  const { value } = row;
  if (value[0] === INLINE) return value.subarray(1);
  const bytes = new Uint8Array(lengthInPieces(row));
  for (const [piece, pieceKey] of pieceKeysOf(row).entries()) {
    bytes.set(await pieceAt(store, pieceKey), piece * PIECE_LENGTH);
  }
  return bytes;
}

function decodeRecord(bytes: Uint8Array, network: Network): TransactionRecord<KnownOutput> {
  const reader = new ByteReader(bytes);
  const undo = new ByteReader(reader.bytes(reader.compactSize()));
  const transaction = transactionFromBytes(reader.bytes(reader.remaining), network);
  return { transaction, spent: decodeUndo(undo, transaction, network) };
}

/** What is stored of the outputs that a transaction spends. */
interface Undo {
  readonly spent: readonly (SpentOutput | null)[];
  /** For each the rule by which its input gives its script. */
  readonly rules: readonly number[];
  /** In bytes, without the length itself. */
  readonly length: number;
}

function undoOf({ transaction, spent }: TransactionRecord): Undo {
  const rules: number[] = [];
  let length = 0;
  for (let i = 0; i < spent.length; i++) {
    const output = spent[i]!;
    const rule = output === null ? NO_RULE : ruleOf(output.script, transaction.inputs[i]!);
    rules.push(rule);
    length += output === null ? 1 : compactSizeLength(output.value + 1) + scriptLength(output, rule);
  }
  return { spent, rules, length };
}

function scriptLength({ script }: SpentOutput, rule: number): number {
  return rule === NO_RULE ? compactSizeLength(script.length + RULE_COUNT) + script.length : 1;
}

/**
 * Layout: length, then for each output value + 1 (0: not known), and the rule by which its input gives its script, or, if there
 * is none, the length of the script + the number of rules, and the script.
 */
function writeUndo({ spent, rules, length }: Undo, writer: ByteWriter): void {
  writer.compactSize(length);
  for (let i = 0; i < spent.length; i++) {
    const output = spent[i]!;
    writer.compactSize(output === null ? 0 : output.value + 1);
    if (output === null) continue;
    if (rules[i] !== NO_RULE) writer.u8(rules[i]!);
    else writer.compactSize(output.script.length + RULE_COUNT).bytes(output.script);
  }
}

function decodeUndo(reader: ByteReader, transaction: Transaction, network: Network): (KnownOutput | null)[] {
  const spent: (KnownOutput | null)[] = [];
  while (reader.remaining > 0) {
    const value = reader.compactSize() - 1;
    const form = value < 0 ? null : reader.compactSize();
    if (form === null) spent.push(null);
    else if (form < RULE_COUNT) spent.push(new RevealedOutput(value, form, transaction, spent.length));
    else spent.push(knownOutput({ value, script: reader.bytes(form - RULE_COUNT) }, network));
  }
  return spent;
}

/** A spent output whose script the input gives. It takes two hashes, so it is derived when somebody asks for it. */
class RevealedOutput implements KnownOutput {
  readonly value: number;
  /** A script with a prefix has the form of no rule. */
  readonly token = null;
  readonly #rule: number;
  readonly #spender: Transaction;
  readonly #index: number;
  #script: Uint8Array | undefined;

  constructor(value: number, rule: number, spender: Transaction, index: number) {
    if (index >= spender.inputCount) throw new MalformedBytesError('a spent output without an input', 0);
    this.value = value;
    this.#rule = rule;
    this.#spender = spender;
    this.#index = index;
  }

  get script(): Uint8Array {
    this.#script ??= scriptBy(this.#rule, this.#spender.inputs[this.#index]!);
    return this.#script;
  }

  get lockingScript(): Uint8Array {
    return this.script;
  }
}

/** Splits the script field of a spent output as the network does. */
export function knownOutput(output: SpentOutput, network: Network): KnownOutput {
  if (!network.cashTokens) return { ...output, lockingScript: output.script, token: null };
  return { ...output, ...splitTokenPrefix(output.script) };
}

/** A stored transaction and its position. */
export interface LocatedTransaction extends TransactionRecord<KnownOutput> {
  readonly position: Uint8Array;
}

/** The transactions at the given positions, in their order; null if there is none. */
export async function transactionsAt(
  store: ReadStore,
  positions: readonly Uint8Array[],
  network: Network,
): Promise<(LocatedTransaction | null)[]> {
  const values = await store.get('transactions', positions);
  const rows = positions.map((key, i): Row | null => (values[i] == null ? null : { key, value: values[i] }));
  const records = await readTransactions(
    store,
    rows.filter((row) => row !== null),
    network,
  );
  let next = 0;
  return rows.map((row) => (row === null ? null : { ...records[next++]!, position: row.key }));
}

/** As {@link transactionsAt}; null also for a transaction that an interrupted run left without some of its pieces. */
export async function wholeTransactionsAt(
  store: ReadStore,
  positions: readonly Uint8Array[],
  network: Network,
): Promise<(LocatedTransaction | null)[]> {
  try {
    return await transactionsAt(store, positions, network);
  } catch (error) {
    if (!(error instanceof MissingRecordError)) throw error;
    if (positions.length === 1) return [null];
    const found: (LocatedTransaction | null)[] = [];
    for (const position of positions) found.push(...(await wholeTransactionsAt(store, [position], network)));
    return found;
  }
}

/** Whether a stored transaction has the given id. Postings hold only the first half of it. */
export function hasTxid({ transaction }: TransactionRecord, txid: Uint8Array): boolean {
  return equalBytes(transaction.txid, txid);
}
