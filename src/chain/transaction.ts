import { compactSizeAt, compactSizeWidth, u32At, u64At, viewOf } from './bytes.ts';
import { hash256 } from './hash.ts';
import { MalformedBytesError } from './malformed.ts';
import type { Network } from './networks.ts';
import { OUTPOINT_SIZE, type TransactionLayout, TransactionScanner, VALUE_SIZE } from './scan.ts';
import { splitTokenPrefix, type TokenData } from './token.ts';

const SEQUENCE_SIZE = 4;
const COINBASE_INDEX = 0xffff_ffff;
const NO_WITNESS: readonly Uint8Array[] = [];

/** An input, read from the transaction's bytes when asked. All byte fields are views. */
export class Input {
  private readonly transaction: Uint8Array;
  private readonly at: number;
  private readonly scriptAt: number;
  private readonly scriptEnd: number;
  private readonly witnessAt: number;
  private stack: readonly Uint8Array[] | undefined;

  /**
   * @param transaction scanned bytes
   * @param at offset of the input
   * @param witnessAt offset of its witness stack; 0 if there is none
   */
  constructor(transaction: Uint8Array, at: number, witnessAt: number) {
    const sizeAt = at + OUTPOINT_SIZE;
    this.transaction = transaction;
    this.at = at;
    this.scriptAt = sizeAt + compactSizeWidth(transaction[sizeAt]!);
    this.scriptEnd = this.scriptAt + compactSizeAt(transaction, sizeAt);
    this.witnessAt = witnessAt;
  }

  /** Offset of the first byte after the input. */
  get end(): number {
    return this.scriptEnd + SEQUENCE_SIZE;
  }

  /** The txid of the spent output: 32 bytes in internal order. */
  get previousTxid(): Uint8Array {
    return viewOf(this.transaction, this.at, this.at + 32);
  }

  /** Which output of that transaction is spent. */
  get previousIndex(): number {
    return u32At(this.transaction, this.at + 32);
  }

  get unlockingScript(): Uint8Array {
    return viewOf(this.transaction, this.scriptAt, this.scriptEnd);
  }

  get sequence(): number {
    return u32At(this.transaction, this.scriptEnd);
  }

  /** The items of the witness stack, bottom first; empty where there is no witness (BIP141). */
  get witness(): readonly Uint8Array[] {
    this.stack ??= this.witnessAt === 0 ? NO_WITNESS : readStack(this.transaction, this.witnessAt);
    return this.stack;
  }

  /** Whether it creates coins instead of spending an output (Core: `prevout.IsNull()`). */
  get isCoinbase(): boolean {
    return isNullOutpoint(this.transaction, this.at);
  }
}

/** An output, read from the transaction's bytes when asked. All byte fields are views. */
export class Output {
  private readonly transaction: Uint8Array;
  private readonly at: number;
  private readonly scriptAt: number;
  private readonly scriptEnd: number;
  private readonly cashTokens: boolean;
  private split: { token: TokenData | null; lockingScript: Uint8Array } | undefined;

  /**
   * @param transaction scanned bytes
   * @param at offset of the output
   */
  constructor(transaction: Uint8Array, at: number, cashTokens: boolean) {
    const sizeAt = at + VALUE_SIZE;
    this.transaction = transaction;
    this.at = at;
    this.scriptAt = sizeAt + compactSizeWidth(transaction[sizeAt]!);
    this.scriptEnd = this.scriptAt + compactSizeAt(transaction, sizeAt);
    this.cashTokens = cashTokens;
  }

  /** Offset of the first byte after the output. */
  get end(): number {
    return this.scriptEnd;
  }

  /** Satoshis. */
  get value(): number {
    return u64At(this.transaction, this.at);
  }

  /** The script field as it is on the wire: on BCH a CashTokens prefix may precede the locking script. */
  get script(): Uint8Array {
    return viewOf(this.transaction, this.scriptAt, this.scriptEnd);
  }

  /** What must be satisfied to spend the output. */
  get lockingScript(): Uint8Array {
    return this.cashTokens ? this.splitScript().lockingScript : this.script;
  }

  /** The CashTokens that the output holds; null if none, and on other networks than BCH. */
  get token(): TokenData | null {
    return this.cashTokens ? this.splitScript().token : null;
  }

  private splitScript(): { token: TokenData | null; lockingScript: Uint8Array } {
    this.split ??= splitTokenPrefix(this.script);
    return this.split;
  }
}

/** A transaction: its serialized bytes, and what is read from them when asked. Made by the parsers of this file. */
export class Transaction {
  /** Exactly its serialization, with witnesses if it has any. A view of what was parsed, unless detached. */
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

  /** Double SHA-256 of the whole serialization, as Core's `hash` field; of a coinbase too, which BIP141 counts as 0. */
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

  /** The same transaction on bytes of its own, so that keeping it does not keep the block that it came in. */
  detach(): Transaction {
    const copy = new Transaction(this.bytes.slice(), this.layout, this.cashTokens);
    copy.hashWithoutWitness = this.hashWithoutWitness;
    copy.hashWithWitness = this.hashWithWitness;
    return copy;
  }

  /** The serialization without marker, flag and witnesses; from Node's pool, which is twice as fast, so not to be kept. */
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
 * Reads the transaction that starts at `offset`; what follows it is not looked at (its `bytes` tell where it ends).
 * @throws MalformedBytesError with the offset in `bytes`
 */
export function parseTransaction(bytes: Uint8Array, network: Network, offset = 0): Transaction {
  const limit = { size: bytes.length - offset, reason: 'the bytes end before the transaction' };
  const scanner = new TransactionScanner({ segwit: network.segwit, limit }, bytes, offset, offset);
  // Never null: the limit is where the bytes end, so the scanner has no reason to wait for more.
  return transactionAt(bytes, offset, scanner.scan()!, network);
}

/** The transaction whose layout was found at `offset` of `bytes`. */
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

/** The inputs, read from bytes that were scanned. */
function inputsOf(bytes: Uint8Array, layout: TransactionLayout): Input[] {
  const inputs: Input[] = [];
  let { inputsAt: at, witnessAt } = layout;
  at += compactSizeWidth(bytes[at]!);
  for (let i = 0; i < layout.inputCount; i++) {
    const input = new Input(bytes, at, witnessAt);
    inputs.push(input);
    at = input.end;
    if (witnessAt !== 0) witnessAt = skipStack(bytes, witnessAt);
  }
  return inputs;
}

/** The outputs, read from bytes that were scanned. */
function outputsOf(bytes: Uint8Array, layout: TransactionLayout, cashTokens: boolean): Output[] {
  const outputs: Output[] = [];
  let at = layout.outputsAt + compactSizeWidth(bytes[layout.outputsAt]!);
  for (let i = 0; i < layout.outputCount; i++) {
    const output = new Output(bytes, at, cashTokens);
    outputs.push(output);
    at = output.end;
  }
  return outputs;
}

/** The items of the witness stack at `at`, in bytes that were scanned. */
function readStack(bytes: Uint8Array, at: number): Uint8Array[] {
  const items: Uint8Array[] = [];
  const count = compactSizeAt(bytes, at);
  let itemAt = at + compactSizeWidth(bytes[at]!);
  for (let i = 0; i < count; i++) {
    const start = itemAt + compactSizeWidth(bytes[itemAt]!);
    const end = start + compactSizeAt(bytes, itemAt);
    items.push(viewOf(bytes, start, end));
    itemAt = end;
  }
  return items;
}

/** The end of the witness stack at `at`, in bytes that were scanned. */
function skipStack(bytes: Uint8Array, at: number): number {
  const count = compactSizeAt(bytes, at);
  let end = at + compactSizeWidth(bytes[at]!);
  for (let i = 0; i < count; i++) end += compactSizeWidth(bytes[end]!) + compactSizeAt(bytes, end);
  return end;
}

/** Whether the outpoint at `at` is the one that no output can have: txid 0, index 2^32 - 1. */
function isNullOutpoint(bytes: Uint8Array, at: number): boolean {
  if (u32At(bytes, at + 32) !== COINBASE_INDEX) return false;
  for (let i = at; i < at + 32; i++) if (bytes[i] !== 0) return false;
  return true;
}
