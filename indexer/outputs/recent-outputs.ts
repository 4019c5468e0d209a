import { randomInt } from 'node:crypto';
import { u32At } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { Transaction } from '../../src/chain/transaction.ts';

/**
 * The outputs of recent transactions, in a fixed amount of memory outside of the JavaScript heap. It has two halves:
 * new transactions go into the younger one. When that is full, the older one is emptied and takes its place.
 */
export class RecentOutputs {
  #young: Half;
  #old: Half;
  /** Sequence number of the newest evicted transaction; -1 if none was evicted. */
  forgottenUpTo = -1;

  /** @param bytes of memory in all */
  constructor(bytes: number) {
    this.#young = new Half(bytes / 2);
    this.#old = new Half(bytes / 2);
  }

  /** @param sequence not less than earlier ones */
  add(transaction: Transaction, sequence: number): void {
    if (transaction.outputs.some(({ script }) => script.length > MAX_SCRIPT)) this.forgottenUpTo = sequence;
    if (this.#young.add(transaction, sequence)) return;
    this.forgottenUpTo = Math.max(this.forgottenUpTo, this.#old.lastSequence);
    [this.#young, this.#old] = [this.#old, this.#young];
    this.#young.clear();
    if (!this.#young.add(transaction, sequence)) this.forgottenUpTo = sequence;
  }

  /** Null if the transaction is not here, or has no such output. */
  find(txid: Uint8Array, index: number): SpentOutput | null {
    return this.#young.find(txid, index) ?? this.#old.find(txid, index);
  }
}

/** A longer script is not kept: it is mostly data, and hardly ever spent. */
const MAX_SCRIPT = 1_000;

/**
 * Layout of an entry: txid (32), number of outputs (4), for each the end of its script (4), then values (8) and
 * scripts.
 */
const TXID = 32;
const ENTRY_HEAD = TXID + 4;
const VALUE = 8;
/** One slot of the hash table for this many bytes of memory; the table is filled to three quarters. */
const BYTES_PER_SLOT = 64;
const TWO_32 = 2 ** 32;

class Half {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Offset of an entry plus 1, in the first free slot at or after the entry's own; 0 for a free slot. */
  readonly #slots: Uint32Array;
  /** Odd and random, so that txids that share a slot cannot be constructed. */
  readonly #factor = randomInt(2 ** 31) * 2 + 1;
  readonly #mask: number;
  #used = 0;
  #count = 0;
  lastSequence = -1;

  constructor(bytes: number) {
    const slots = 2 ** Math.max(4, Math.floor(Math.log2(bytes / BYTES_PER_SLOT)));
    this.#slots = new Uint32Array(slots);
    this.#mask = slots - 1;
    this.#bytes = new Uint8Array(Math.min(Math.max(0, Math.floor(bytes) - 4 * slots), TWO_32 - 2));
    this.#view = new DataView(this.#bytes.buffer);
  }

  clear(): void {
    this.#slots.fill(0);
    this.#used = 0;
    this.#count = 0;
    this.lastSequence = -1;
  }

  /** Returns false, without a change, if there is no room. */
  add(transaction: Transaction, sequence: number): boolean {
    const { txid, outputs } = transaction;
    if (this.#count * 4 >= this.#slots.length * 3) return false;
    const at = this.#used;
    let end = at + ENTRY_HEAD + outputs.length * 4;
    if (end > this.#bytes.length) return false;
    for (const { script } of outputs) end += lengthOf(script);
    if (end > this.#bytes.length) return false;
    this.#write(at, txid, outputs);
    this.#slots[this.#freeSlot(txid)] = at + 1;
    this.#used = end;
    this.#count += 1;
    this.lastSequence = sequence;
    return true;
  }

  find(txid: Uint8Array, index: number): SpentOutput | null {
    for (let slot = this.#slotOf(txid); this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const at = this.#slots[slot]! - 1;
      if (this.#isEntryOf(at, txid)) return this.#read(at, index);
    }
    return null;
  }

  #write(at: number, txid: Uint8Array, outputs: readonly SpentOutput[]): void {
    this.#bytes.set(txid, at);
    this.#view.setUint32(at + TXID, outputs.length);
    let end = at + ENTRY_HEAD + 4 * outputs.length;
    for (let i = 0; i < outputs.length; i++) {
      const { value, script } = outputs[i]!;
      if (script.length <= MAX_SCRIPT) {
        this.#view.setUint32(end, value / TWO_32);
        this.#view.setUint32(end + 4, value % TWO_32);
        this.#bytes.set(script, end + VALUE);
      }
      end += lengthOf(script);
      this.#view.setUint32(at + ENTRY_HEAD + 4 * i, end - at);
    }
  }

  /** The script is a copy, because the memory is used again. */
  #read(at: number, index: number): SpentOutput | null {
    const count = this.#view.getUint32(at + TXID);
    if (index >= count) return null;
    const ends = at + ENTRY_HEAD;
    const start = at + (index === 0 ? ENTRY_HEAD + 4 * count : this.#view.getUint32(ends + 4 * (index - 1)));
    const end = at + this.#view.getUint32(ends + 4 * index);
    if (start === end) return null;
    const value = this.#view.getUint32(start) * TWO_32 + this.#view.getUint32(start + 4);
    return { value, script: this.#bytes.slice(start + VALUE, end) };
  }

  #freeSlot(txid: Uint8Array): number {
    let slot = this.#slotOf(txid);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #slotOf(txid: Uint8Array): number {
    return (Math.imul(u32At(txid, 0), this.#factor) >>> 3) & this.#mask;
  }

  #isEntryOf(at: number, txid: Uint8Array): boolean {
    for (let i = 0; i < TXID; i += 4) {
      if (u32At(this.#bytes, at + i) !== u32At(txid, i)) return false;
    }
    return true;
  }
}

/** Bytes that an output takes: 0 if it is not kept. */
function lengthOf(script: Uint8Array): number {
  return script.length > MAX_SCRIPT ? 0 : VALUE + script.length;
}
