import { compactSizeAt, compactSizeWidth, isCanonicalSize, MalformedBytesError, u32At } from './bytes.ts';

/** Where the parts of a transaction are, as offsets from its first byte. Scanned bytes can be read without further checks. */
export interface TransactionLayout {
  /** The CompactSize that counts the inputs. */
  readonly inputsAt: number;
  readonly inputCount: number;
  /** The CompactSize that counts the outputs. */
  readonly outputsAt: number;
  readonly outputCount: number;
  /** The first witness stack; 0 if the transaction is serialized without witnesses. */
  readonly witnessAt: number;
  /** The length of the whole transaction. */
  readonly size: number;
}

/** The most bytes of a transaction, and the error message for a longer one. */
export interface ScanLimit {
  readonly size: number;
  readonly reason: string;
}

/** Rules that are the same for all transactions of a block. */
export interface ScanRules {
  /** Whether transactions may have witnesses. */
  readonly segwit: boolean;
  readonly limit: ScanLimit;
}

/** Txid and index, before the unlocking script of an input. */
export const OUTPOINT_SIZE = 36;
/** Satoshis, before the script of an output. */
export const VALUE_SIZE = 8;
/** Outpoint, empty script, sequence. */
const MIN_INPUT_SIZE = OUTPOINT_SIZE + 1 + 4;
/** Value, empty script. */
const MIN_OUTPUT_SIZE = VALUE_SIZE + 1;
/** The upper half of the first 64-bit value that a number does not hold exactly. */
const UNSAFE_UPPER_HALF = 0x20_0000;
/** "More bytes are needed": returned by the skipping functions instead of an offset. */
const SHORT = -1;
const UNKNOWN = -1;

/**
 * Finds the end and the parts of one transaction without creating objects for its items. It can stop when bytes are
 * missing and continue when more have arrived, so the same code reads whole blocks and streams of chunks.
 */
export class TransactionScanner {
  /** How many bytes of the transaction `scan` needs to continue. */
  needed = 0;

  private readonly segwit: boolean;
  private bytes: Uint8Array;
  /** Where the transaction starts in `bytes`; all other offsets count from there. */
  private start: number;
  /** Where the transaction starts in the whole input, for errors. */
  private readonly position: number;
  private readonly limit: ScanLimit;

  /** The next item to scan. */
  private at = 0;
  /** The offset after the last CompactSize that was read. */
  private next = 0;
  private inputsAt = 4;
  private inputCount = UNKNOWN;
  private inputsLeft = 0;
  private outputsAt = UNKNOWN;
  private outputCount = 0;
  private outputsLeft = 0;
  private witnessAt = 0;
  private stacksLeft = 0;
  private itemsLeft = UNKNOWN;
  private hasItems = false;

  /**
   * @param start where the transaction starts in `bytes`
   * @param position where it starts in the whole input
   */
  constructor({ segwit, limit }: ScanRules, bytes: Uint8Array, start: number, position: number) {
    this.segwit = segwit;
    this.bytes = bytes;
    this.start = start;
    this.position = position;
    this.limit = limit;
  }

  /** Continues in other bytes, which hold the same transaction from `start` on, and more of it. */
  moveTo(bytes: Uint8Array, start: number): void {
    this.bytes = bytes;
    this.start = start;
  }

  /**
   * Continues from where it stopped.
   * @returns the layout, or null if `needed` bytes are needed first
   * @throws MalformedBytesError if it cannot be the beginning of a transaction
   */
  scan(): TransactionLayout | null {
    const complete =
      this.scanMarker() && this.scanInputs() && this.scanOutputs() && this.scanWitness() && this.has(this.at + 4);
    if (!complete) return null;
    const { inputsAt, inputCount, outputsAt, outputCount, witnessAt } = this;
    return { inputsAt, inputCount, outputsAt, outputCount, witnessAt, size: this.at + 4 };
  }

  /** Version, SegWit marker and flag, number of inputs. */
  private scanMarker(): boolean {
    if (this.inputCount !== UNKNOWN) return true;
    let count = this.readCount(this.inputsAt, MIN_INPUT_SIZE);
    if (count === SHORT) return false;
    // As in Core, no inputs mean the marker of BIP144, unless the next byte is 0: then there are no outputs either.
    if (count === 0 && this.segwit) {
      if (!this.has(this.inputsAt + 2)) return false;
      const flag = this.bytes[this.start + this.inputsAt + 1];
      if (flag !== 0) {
        if (flag !== 1) throw this.malformed('unknown optional data in a transaction', this.inputsAt + 1);
        count = this.readCount(this.inputsAt + 2, MIN_INPUT_SIZE);
        if (count === SHORT) return false;
        this.inputsAt += 2;
        this.witnessAt = UNKNOWN;
      }
    }
    this.at = this.next;
    this.inputCount = this.inputsLeft = this.stacksLeft = count;
    return true;
  }

  private scanInputs(): boolean {
    for (; this.inputsLeft > 0; this.inputsLeft--) {
      const sequenceAt = this.skipBytes(this.at + OUTPOINT_SIZE);
      if (sequenceAt === SHORT || !this.has(sequenceAt + 4)) return false;
      this.at = sequenceAt + 4;
    }
    return true;
  }

  private scanOutputs(): boolean {
    if (this.outputsAt === UNKNOWN) {
      const count = this.readCount(this.at, MIN_OUTPUT_SIZE);
      if (count === SHORT) return false;
      this.outputsAt = this.at;
      this.at = this.next;
      this.outputCount = this.outputsLeft = count;
    }
    for (; this.outputsLeft > 0; this.outputsLeft--) {
      const end = this.skipBytes(this.at + VALUE_SIZE);
      if (end === SHORT) return false;
      if (u32At(this.bytes, this.start + this.at + 4) >= UNSAFE_UPPER_HALF) {
        throw this.malformed('an output value above 2^53 - 1 satoshis', this.at);
      }
      this.at = end;
    }
    return true;
  }

  private scanWitness(): boolean {
    if (this.witnessAt === 0) return true;
    if (this.witnessAt === UNKNOWN) this.witnessAt = this.at;
    for (; this.stacksLeft > 0; this.stacksLeft--) {
      if (!this.scanStack()) return false;
    }
    if (!this.hasItems) throw this.malformed('a witness that is empty for every input', this.witnessAt);
    return true;
  }

  /** The items of one witness stack. */
  private scanStack(): boolean {
    if (this.itemsLeft === UNKNOWN) {
      const count = this.readCount(this.at, 1);
      if (count === SHORT) return false;
      this.at = this.next;
      this.itemsLeft = count;
      this.hasItems ||= count > 0;
    }
    for (; this.itemsLeft > 0; this.itemsLeft--) {
      const end = this.skipBytes(this.at);
      if (end === SHORT) return false;
      this.at = end;
    }
    this.itemsLeft = UNKNOWN;
    return true;
  }

  /** The end of a byte string that is preceded by its length. */
  private skipBytes(at: number): number {
    const length = this.readSize(at);
    if (length === SHORT) return SHORT;
    const end = this.next + length;
    return this.has(end) ? end : SHORT;
  }

  /** The number of items; refused at once if so many do not fit. */
  private readCount(at: number, itemSize: number): number {
    const count = this.readSize(at);
    if (count !== SHORT && count > (this.limit.size - this.next) / itemSize) {
      throw this.malformed(`${count} items: ${this.limit.reason}`, at);
    }
    return count;
  }

  private readSize(at: number): number {
    if (!this.has(at + 1)) return SHORT;
    const first = this.bytes[this.start + at]!;
    if (first < 0xfd) {
      this.next = at + 1;
      return first;
    }
    const width = compactSizeWidth(first);
    if (!this.has(at + width)) return SHORT;
    const size = compactSizeAt(this.bytes, this.start + at);
    if (!isCanonicalSize(size, width)) throw this.malformed('a CompactSize that is not canonical', at);
    this.next = at + width;
    return size;
  }

  /** Whether the bytes of the transaction up to `end` are available. */
  private has(end: number): boolean {
    if (end > this.limit.size) throw this.malformed(this.limit.reason, this.at);
    if (this.start + end <= this.bytes.length) return true;
    this.needed = end;
    return false;
  }

  private malformed(reason: string, at: number): MalformedBytesError {
    return new MalformedBytesError(reason, this.position + at);
  }
}
