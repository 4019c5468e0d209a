import { hashFromHex, mapKey } from '../chain/bytes.ts';
import { DataElements } from '../chain/data.ts';
import type { Input, Output } from '../chain/inputs-outputs.ts';
import type { Network } from '../chain/networks.ts';
import type { TokenData } from '../chain/token.ts';
import type { Transaction } from '../chain/transaction.ts';
import type { Departure } from '../store/departures.ts';
import type { KnownOutput, TransactionRecord } from '../store/transactions.ts';
import { ScriptView, SpentOutputView } from './script-view.ts';

/** Why a value is not known. */
type UnknownReason = 'COINBASE' | 'OUTSIDE_COVERAGE';

/** The place of a transaction. */
export interface TransactionPlace {
  readonly position: Uint8Array;
  /** Null while it is unconfirmed. */
  readonly height: number | null;
  /** Its index in the block; null while it is unconfirmed. */
  readonly index: number | null;
  /** For an unconfirmed transaction, when the node took it into its mempool, in unix seconds; for others see `firstSeenOf`. */
  readonly firstSeen: number | null;
  /** How it left the mempool, if it is in no block. */
  readonly departure: Departure | null;
}

/**
 * A transaction in a block, or an unconfirmed one, with the fields of the schema. All are computed on request, and none
 * throws.
 */
export class TransactionView implements TransactionPlace, TransactionRecord<KnownOutput> {
  readonly position: Uint8Array;
  readonly height: number | null;
  readonly index: number | null;
  readonly firstSeen: number | null;
  readonly departure: Departure | null;
  readonly transaction: Transaction;
  /** The outputs that it spends, in input order; null for an unknown one. Empty for a coinbase. */
  readonly spent: readonly (KnownOutput | null)[];
  readonly network: Network;
  readonly #inputs: InputView[] = [];
  readonly #outputs: OutputView[] = [];
  #inputValue: number | null | undefined;
  #outputValue: number | undefined;
  #spenders: ReadonlyMap<string, number> | undefined;

  constructor({ transaction, spent }: TransactionRecord<KnownOutput>, place: TransactionPlace, network: Network) {
    this.position = place.position;
    this.height = place.height;
    this.index = place.index;
    this.firstSeen = place.firstSeen;
    this.departure = place.departure;
    this.transaction = transaction;
    this.spent = spent;
    this.network = network;
  }

  /** The same transaction at another place. */
  at(place: Partial<TransactionPlace>): TransactionView {
    const { position, height, index, firstSeen, departure } = this;
    return new TransactionView(this, { position, height, index, firstSeen, departure, ...place }, this.network);
  }

  input(index: number): InputView {
    this.#inputs[index] ??= new InputView(this, index);
    return this.#inputs[index];
  }

  output(index: number): OutputView {
    this.#outputs[index] ??= new OutputView(this, index);
    return this.#outputs[index];
  }

  /** The index of the input that spends an output; null if none does. */
  inputSpending(txid: Uint8Array, index: number): number | null {
    this.#spenders ??= new Map(this.transaction.inputs.map((input, i) => [outpointName(input), i]));
    return this.#spenders.get(outpointName({ previousTxid: txid, previousIndex: index })) ?? null;
  }

  get txid(): Uint8Array {
    return this.transaction.txid;
  }

  get wtxid(): Uint8Array {
    return this.transaction.wtxid;
  }

  get blockIndex(): number | null {
    return this.index;
  }

  get removed(): Departure | null {
    return this.departure;
  }

  get replacedBy(): Uint8Array | null {
    return this.departure?.reason === 'replaced' && this.departure.by ? hashFromHex(this.departure.by) : null;
  }

  get coinbase(): boolean {
    return this.transaction.isCoinbase;
  }

  get version(): number {
    return this.transaction.version;
  }

  get lockTime(): number {
    return this.transaction.lockTime;
  }

  get size(): number {
    return this.transaction.size;
  }

  get strippedSize(): number {
    return this.transaction.strippedSize;
  }

  get weight(): number {
    return this.transaction.weight;
  }

  get virtualSize(): number {
    return this.transaction.virtualSize;
  }

  get inputCount(): number {
    return this.transaction.inputCount;
  }

  get outputCount(): number {
    return this.transaction.outputCount;
  }

  get inputValue(): number | null {
    if (this.#inputValue === undefined) this.#inputValue = this.coinbase ? null : sumOf(this.spent);
    return this.#inputValue;
  }

  get outputValue(): number {
    this.#outputValue ??= sumOf(this.transaction.outputs)!;
    return this.#outputValue;
  }

  get fee(): number | null {
    const { inputValue } = this;
    return inputValue === null ? null : inputValue - this.outputValue;
  }

  get feeRate(): number | null {
    const { fee } = this;
    return fee === null ? null : fee / this.virtualSize;
  }

  get feeUnknown(): UnknownReason | null {
    if (this.coinbase) return 'COINBASE';
    return this.fee === null ? 'OUTSIDE_COVERAGE' : null;
  }
}

/** The sum of values; null if one of them is not known. */
function sumOf(outputs: readonly ({ readonly value: number } | null)[]): number | null {
  let sum = 0;
  for (const output of outputs) {
    if (output === null) return null;
    sum += output.value;
  }
  return sum;
}

function outpointName({ previousTxid, previousIndex }: Pick<Input, 'previousTxid' | 'previousIndex'>): string {
  return `${previousIndex} ${mapKey(previousTxid)}`;
}

/** An input by its transaction and index. */
export class InputView {
  readonly transaction: TransactionView;
  readonly index: number;
  readonly input: Input;
  readonly spentOutput: SpentOutputView | null;

  constructor(transaction: TransactionView, index: number) {
    const spent = transaction.spent[index] ?? null;
    this.transaction = transaction;
    this.index = index;
    this.input = transaction.transaction.inputs[index]!;
    this.spentOutput = spent === null ? null : new SpentOutputView(spent, transaction.network);
  }

  get coinbase(): boolean {
    return this.input.isCoinbase;
  }

  get previousTxid(): Uint8Array | null {
    return this.coinbase ? null : this.input.previousTxid;
  }

  get previousIndex(): number | null {
    return this.coinbase ? null : this.input.previousIndex;
  }

  get spentOutputUnknown(): UnknownReason | null {
    if (this.spentOutput !== null) return null;
    return this.coinbase ? 'COINBASE' : 'OUTSIDE_COVERAGE';
  }

  get sequence(): number {
    return this.input.sequence;
  }
}

/** An output by its transaction and index. */
export class OutputView extends ScriptView {
  readonly transaction: TransactionView;
  readonly index: number;
  readonly output: Output;
  #data: DataElements | null | undefined;

  constructor(transaction: TransactionView, index: number) {
    super(transaction.network);
    this.transaction = transaction;
    this.index = index;
    this.output = transaction.transaction.outputs[index]!;
  }

  get value(): number {
    return this.output.value;
  }

  get lockingScript(): Uint8Array {
    return this.output.lockingScript;
  }

  get token(): TokenData | null {
    return this.output.token;
  }

  /** Null if it is no data output. */
  get data(): DataElements | null {
    if (this.#data === undefined) this.#data = DataElements.of(this.lockingScript);
    return this.#data;
  }
}
