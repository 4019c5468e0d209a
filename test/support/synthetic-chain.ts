import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';

/** Encoders for chains that tests make up: valid in form, without signatures. */

export interface MadeInput {
  readonly txid: Uint8Array;
  readonly index: number;
  /** [empty] */
  readonly unlockingScript?: Uint8Array;
}

export interface MadeOutput {
  readonly value: number;
  readonly script: Uint8Array;
}

const COINBASE: MadeInput = { txid: new Uint8Array(32), index: 0xffff_ffff };

export function encodeTransaction(
  inputs: readonly MadeInput[],
  outputs: readonly MadeOutput[],
  lockTime = 0,
): Uint8Array {
  const writer = new ByteWriter(512).u32(1).compactSize(inputs.length);
  for (const { txid, index, unlockingScript = new Uint8Array(0) } of inputs) {
    writer.bytes(txid).u32(index).compactSize(unlockingScript.length).bytes(unlockingScript).u32(0xffff_ffff);
  }
  writer.compactSize(outputs.length);
  for (const { value, script } of outputs) writer.u64(value).compactSize(script.length).bytes(script);
  return writer.u32(lockTime).finish();
}

/** A coinbase. The height makes its id unique. */
export function encodeCoinbase(height: number, outputs: readonly MadeOutput[]): Uint8Array {
  return encodeTransaction([COINBASE], outputs, height);
}

/** A block with proof of work, which every second hash has on regtest. */
export function encodeBlock(previousHash: Uint8Array, time: number, transactions: readonly Uint8Array[]): Uint8Array {
  const root = merkleRoot(transactions.map(hash256));
  for (let nonce = 0; ; nonce++) {
    const writer = new ByteWriter(80).u32(1).bytes(previousHash).bytes(root).u32(time).u32(0x207f_ffff).u32(nonce);
    const header = writer.finish();
    if (hash256(header)[31]! >= 0x80) continue;
    return concatBytes(header, new ByteWriter(9).compactSize(transactions.length).finish(), ...transactions);
  }
}

/** OP_FALSE OP_RETURN and pushes. */
export function dataScript(pushes: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(64).u8(0x00).u8(0x6a);
  for (const push of pushes) {
    if (push.length < 0x4c) writer.u8(push.length);
    else writer.u8(0x4e).u32(push.length);
    writer.bytes(push);
  }
  return writer.finish();
}

/** Pay to the hash of a made-up key. */
export function p2pkhScript(key: number): Uint8Array {
  return concatBytes(Uint8Array.of(0x76, 0xa9, 20), new Uint8Array(20).fill(key), Uint8Array.of(0x88, 0xac));
}
