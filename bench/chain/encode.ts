import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';

export interface NewInput {
  readonly txid: Uint8Array;
  readonly index: number;
  readonly script: Uint8Array;
  readonly sequence: number;
  readonly witness: readonly Uint8Array[];
}

export interface NewOutput {
  /** In satoshis. */
  readonly value: number;
  readonly script: Uint8Array;
}

export interface NewTransaction {
  readonly version: number;
  readonly inputs: readonly NewInput[];
  readonly outputs: readonly NewOutput[];
  readonly lockTime: number;
}

export interface EncodedTransaction {
  /** With witnesses, if any input has one (BIP144). */
  readonly bytes: Uint8Array;
  readonly txid: Uint8Array;
  readonly wtxid: Uint8Array;
}

export function encodeTransaction({ version, inputs, outputs, lockTime }: NewTransaction): EncodedTransaction {
  const start = u32(version);
  const body = concatBytes(encodeInputs(inputs), encodeOutputs(outputs));
  const end = u32(lockTime);
  const stripped = concatBytes(start, body, end);
  const txid = hash256(stripped);
  if (inputs.every(({ witness }) => witness.length === 0)) return { bytes: stripped, txid, wtxid: txid };
  const bytes = concatBytes(start, Uint8Array.of(0, 1), body, encodeWitnesses(inputs), end);
  return { bytes, txid, wtxid: hash256(bytes) };
}

function encodeInputs(inputs: readonly NewInput[]): Uint8Array {
  const writer = new ByteWriter(160 * inputs.length + 9).compactSize(inputs.length);
  for (const { txid, index, script, sequence } of inputs) {
    writer.bytes(txid).u32(index).compactSize(script.length).bytes(script).u32(sequence);
  }
  return writer.finish();
}

function encodeOutputs(outputs: readonly NewOutput[]): Uint8Array {
  const writer = new ByteWriter(48 * outputs.length + 9).compactSize(outputs.length);
  for (const { value, script } of outputs) writer.u64(value).compactSize(script.length).bytes(script);
  return writer.finish();
}

function encodeWitnesses(inputs: readonly NewInput[]): Uint8Array {
  const writer = new ByteWriter(160 * inputs.length);
  for (const { witness } of inputs) {
    writer.compactSize(witness.length);
    for (const item of witness) writer.compactSize(item.length).bytes(item);
  }
  return writer.finish();
}

function u32(value: number): Uint8Array {
  return new ByteWriter(4).u32(value).finish();
}
