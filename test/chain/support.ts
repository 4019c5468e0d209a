import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { MalformedBytesError } from '../../src/chain/bytes.ts';
import type { Transaction } from '../../src/chain/transaction.ts';

/** The offset of the MalformedBytesError that the call throws; any other outcome fails the test. */
export function malformedOffset(call: () => unknown): number {
  try {
    call();
  } catch (error) {
    if (error instanceof MalformedBytesError) return error.offset;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Serves the bytes in chunks of the given sizes, over and over. */
export async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    // A copy, so that a reader cannot see beyond its chunk.
    yield bytes.slice(at, at + size);
    at += size;
  }
}

/** Serializes the fields of a transaction in the plainest way. */
export function serialize(transaction: Transaction): Uint8Array {
  const writer = new ByteWriter(transaction.size).u32(transaction.version);
  if (transaction.hasWitness) writer.u8(0).u8(1);
  writer.compactSize(transaction.inputs.length);
  for (const { previousTxid, previousIndex, unlockingScript, sequence } of transaction.inputs) {
    writer.bytes(previousTxid).u32(previousIndex);
    writer.compactSize(unlockingScript.length).bytes(unlockingScript).u32(sequence);
  }
  writer.compactSize(transaction.outputs.length);
  for (const { value, script } of transaction.outputs) {
    writer.u64(value).compactSize(script.length).bytes(script);
  }
  for (const { witness } of transaction.hasWitness ? transaction.inputs : []) {
    writer.compactSize(witness.length);
    for (const item of witness) writer.compactSize(item.length).bytes(item);
  }
  return writer.u32(transaction.lockTime).finish();
}
