import { MalformedBytesError, u32At, viewOf } from './bytes.ts';
import { hash256 } from './hash.ts';
import { type Input, inputsOf, isNullOutpoint, type Output, outputsOf, type SpentOutput } from './inputs-outputs.ts';
import type { Network } from './networks.ts';
import { type TransactionLayout, TransactionScanner } from './scan.ts';

/** A transaction: its serialized bytes, and fields that are read from them on request. Made by the parsers of this file. */
export class Transaction {
  /** Its exact serialization, with witnesses if it has any. A view of the parsed bytes, unless detached. */
  readonly bytes: Uint8Array;
  private readonly layout: TransactionLayout;
  private readonly cashTokens: boolean;
  private readInputs: readonly Input[] | undefined;
  private readOutputs: readonly Output[] | undefined;
  private hashWithoutWitness: Uint8Array | undefined;
  private hashWithWitness: Uint8Array | undefined;

  constructor(bytes: Uint8Array, layout: TransactionLayout, cashTokens: boolean) {
    this.bytes = bytes;
    this.layout = layout;
    this.cashTokens = cashTokens;
  }

  /** Unsigned 32 bits, as in Core since 28. */
  get version(): number {
    return u32At(this.bytes, 0);
  }

  get lockTime(): number {
    return u32At(this.bytes, this.size - 4);
  }

  /** Whether it is serialized with witnesses (BIP144). */
  get hasWitness(): boolean {
    return this.layout.witnessAt !== 0;
  }

  get inputCount(): number {
    return this.layout.inputCount;
  }

  get outputCount(): number {
    return this.layout.outputCount;
  }

  get inputs(): readonly Input[] {
    this.readInputs ??= inputsOf(this.bytes, this.layout);
    return this.readInputs;
  }

  get outputs(): readonly Output[] {
    this.readOutputs ??= outputsOf(this.bytes, this.layout, this.cashTokens);
    return this.readOutputs;
  }

  /** Double SHA-256 of the serialization without witnesses: 32 bytes in internal order. */
  get txid(): Uint8Array {
    this.hashWithoutWitness ??= hash256(this.hasWitness ? this.strip() : this.bytes);
    return this.hashWithoutWitness;
  }

  /** Double SHA-256 of the whole serialization, as Core's `hash` field; also for a coinbase, whose wtxid is 0 in BIP141. */
  get wtxid(): Uint8Array {
    if (!this.hasWitness) return this.txid;
    this.hashWithWitness ??= hash256(this.bytes);
    return this.hashWithWitness;
  }

  /** Length of the serialization in bytes. */
  get size(): number {
    return this.layout.size;
  }

  /** Length of the serialization without marker, flag and witnesses, in bytes (BIP141: base size). */
  get strippedSize(): number {
    const { inputsAt, witnessAt, size } = this.layout;
    return witnessAt === 0 ? size : 4 + (witnessAt - inputsAt) + 4;
  }

  /** BIP141: three times the stripped size plus the size. */
  get weight(): number {
    return 3 * this.strippedSize + this.size;
  }

  /** BIP141: a quarter of the weight, rounded up. */
  get virtualSize(): number {
    return Math.ceil(this.weight / 4);
  }

  get isCoinbase(): boolean {
    return this.inputCount === 1 && isNullOutpoint(this.bytes, this.layout.inputsAt + 1);
  }

  /** The same transaction on a copy of its bytes, so that keeping it does not keep the memory of the block. */
  detach(): Transaction {
    const copy = new Transaction(this.bytes.slice(), this.layout, this.cashTokens);
    copy.hashWithoutWitness = this.hashWithoutWitness;
    copy.hashWithWitness = this.hashWithWitness;
    return copy;
  }

  /** The serialization without marker, flag and witnesses. Its memory is from Node's pool, which is twice as fast, so it must not be kept. */
  private strip(): Uint8Array {
    const { inputsAt, witnessAt, size } = this.layout;
    const stripped = Buffer.allocUnsafe(this.strippedSize);
    stripped.set(viewOf(this.bytes, 0, 4), 0);
    stripped.set(viewOf(this.bytes, inputsAt, witnessAt), 4);
    stripped.set(viewOf(this.bytes, size - 4, size), stripped.length - 4);
    return stripped;
  }
}

/**
 * Reads the transaction that starts at `offset`; bytes after it are ignored.
 * @throws MalformedBytesError with the offset in `bytes`
 */
export function parseTransaction(bytes: Uint8Array, network: Network, offset = 0): Transaction {
  const limit = { size: bytes.length - offset, reason: 'the bytes end before the transaction' };
  const scanner = new TransactionScanner({ segwit: network.segwit, limit }, bytes, offset, offset);
  // Never null: the limit is the end of the bytes, so the scanner throws instead of asking for more.
  return transactionAt(bytes, offset, scanner.scan()!, network);
}

/** The transaction at `offset` of `bytes`, whose layout is known. */
export function transactionAt(
  bytes: Uint8Array,
  offset: number,
  layout: TransactionLayout,
  network: Network,
): Transaction {
  return new Transaction(viewOf(bytes, offset, offset + layout.size), layout, network.cashTokens);
}

/**
 * Reads bytes that are one transaction and nothing else.
 * @throws MalformedBytesError also if bytes follow it
 */
export function transactionFromBytes(bytes: Uint8Array, network: Network): Transaction {
  const transaction = parseTransaction(bytes, network);
  if (transaction.size !== bytes.length) {
    throw new MalformedBytesError('bytes follow the transaction', transaction.size);
  }
  return transaction;
}

/**
 * The fee of a transaction in satoshis: spent values minus created values.
 * @param spent the outputs that it spends, in input order; null for an unknown one
 * @returns null for a coinbase, and if any spent output is unknown
 */
export function feeOf(transaction: Transaction, spent: readonly (SpentOutput | null)[]): number | null {
  if (transaction.isCoinbase) return null;
  let fee = 0;
  for (let i = 0; i < transaction.inputCount; i++) {
    const output = spent[i];
    if (!output) return null;
    fee += output.value;
  }
  for (const output of transaction.outputs) fee -= output.value;
  return fee;
}
