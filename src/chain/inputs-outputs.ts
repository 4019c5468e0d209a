import { compactSizeAt, compactSizeWidth, u32At, u64At, viewOf } from './bytes.ts';
import { OUTPOINT_SIZE, type TransactionLayout, VALUE_SIZE } from './scan.ts';
import { splitTokenPrefix, type TokenData } from './token.ts';

const SEQUENCE_SIZE = 4;
const COINBASE_INDEX = 0xffff_ffff;
const NO_WITNESS: readonly Uint8Array[] = [];

/** An input, which reads its fields from the transaction's bytes on request. All byte fields are views. */
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

  /** The items of the witness stack, bottom first; empty if there is no witness (BIP141). */
  get witness(): readonly Uint8Array[] {
    this.stack ??= this.witnessAt === 0 ? NO_WITNESS : readStack(this.transaction, this.witnessAt);
    return this.stack;
  }

  /** Whether it is the input of a coinbase and spends no output (Core: `prevout.IsNull()`). */
  get isCoinbase(): boolean {
    return isNullOutpoint(this.transaction, this.at);
  }
}

/** An output, which reads its fields from the transaction's bytes on request. All byte fields are views. */
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

  /** The script that must be satisfied to spend the output. */
  get lockingScript(): Uint8Array {
    return this.cashTokens ? this.splitScript().lockingScript : this.script;
  }

  /** The CashTokens that the output holds; null if it has none, and on networks other than BCH. */
  get token(): TokenData | null {
    return this.cashTokens ? this.splitScript().token : null;
  }

  private splitScript(): { token: TokenData | null; lockingScript: Uint8Array } {
    this.split ??= splitTokenPrefix(this.script);
    return this.split;
  }
}

/** What is stored of a spent output: its value in satoshis and its script as on the wire. */
export interface SpentOutput {
  readonly value: number;
  readonly script: Uint8Array;
}

/** The inputs, read from bytes that were scanned. */
export function inputsOf(bytes: Uint8Array, layout: TransactionLayout): Input[] {
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
export function outputsOf(bytes: Uint8Array, layout: TransactionLayout, cashTokens: boolean): Output[] {
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

/** Whether the outpoint at `at` is the null outpoint of a coinbase: txid 0, index 2^32 - 1. */
export function isNullOutpoint(bytes: Uint8Array, at: number): boolean {
  if (u32At(bytes, at + 32) !== COINBASE_INDEX) return false;
  for (let i = at; i < at + 32; i++) if (bytes[i] !== 0) return false;
  return true;
}
