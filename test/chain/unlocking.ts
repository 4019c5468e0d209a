import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes } from '../../src/chain/bytes.ts';

/** An input of a made-up transaction. */
export interface UnlockingInput {
  readonly txid?: Uint8Array;
  readonly index?: number;
  readonly unlockingScript: Uint8Array;
  /** Bottom first. */
  readonly witness: readonly Uint8Array[];
}

/** The shortest push of some bytes that is no opcode of its own. */
export function push(data: Uint8Array): Uint8Array {
  if (data.length < 0x4c) return concatBytes(Uint8Array.of(data.length), data);
  return concatBytes(
    new ByteWriter()
      .u8(0x4d)
      .u8(data.length & 0xff)
      .u8(data.length >>> 8)
      .finish(),
    data,
  );
}

/** A serialized transaction without signatures, with one output. It has witnesses if an input has one (BIP144). */
export function rawTransaction(inputs: readonly UnlockingInput[]): Uint8Array {
  const hasWitness = inputs.some(({ witness }) => witness.length > 0);
  const writer = new ByteWriter().u32(2);
  if (hasWitness) writer.u8(0).u8(1);
  writer.compactSize(inputs.length);
  for (const { txid = new Uint8Array(32).fill(1), index = 0, unlockingScript } of inputs) {
    writer.bytes(txid).u32(index).compactSize(unlockingScript.length).bytes(unlockingScript).u32(0xffff_ffff);
  }
  writer.compactSize(1).u64(1).compactSize(1).u8(0x51);
  if (hasWitness) {
    for (const { witness } of inputs) {
      writer.compactSize(witness.length);
      for (const item of witness) writer.compactSize(item.length).bytes(item);
    }
  }
  return writer.u32(0).finish();
}
