import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';

/** Encoders for chains that tests make up: valid in form, without signatures. */

export interface MadeInput {
  readonly txid: Uint8Array;
  readonly index: number;
  /** The unlocking script [empty]. */
  readonly unlockingScript?: Uint8Array;
  /** The sequence number [the last one]. */
  readonly sequence?: number;
}

export interface MadeOutput {
  readonly value: number;
  readonly script: Uint8Array;
}

const NO_SCRIPT = new Uint8Array(0);
const COINBASE: MadeInput = { txid: new Uint8Array(32), index: 0xffff_ffff };

export function encodeTransaction(
  inputs: readonly MadeInput[],
  outputs: readonly MadeOutput[],
  lockTime = 0,
): Uint8Array {
  const writer = new ByteWriter(512).u32(1).compactSize(inputs.length);
  for (const { txid, index, unlockingScript = NO_SCRIPT, sequence = 0xffff_ffff } of inputs) {
    writer.bytes(txid).u32(index).compactSize(unlockingScript.length).bytes(unlockingScript).u32(sequence);
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
  return concatBytes(Uint8Array.of(0x00, 0x6a), pushScript(pushes));
}

/** Pushes alone. */
export function pushScript(pushes: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(64);
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

const TEXT = (text: string) => new TextEncoder().encode(text);
const KEY = new Uint8Array(33).fill(2);

/** Scripts without an address that are no data outputs: by key, multisig, an envelope, and data behind a payment. */
export const PLAIN_SCRIPTS: readonly Uint8Array[] = [
  concatBytes(pushScript([KEY]), Uint8Array.of(0xac)),
  concatBytes(Uint8Array.of(0x51), pushScript([KEY]), Uint8Array.of(0x51, 0xae)),
  concatBytes(Uint8Array.of(0x00, 0x63), pushScript([TEXT('abcd'), TEXT('zz')]), Uint8Array.of(0x68)),
  concatBytes(p2pkhScript(1), Uint8Array.of(0x6a), pushScript([TEXT('abcd'), TEXT('abcdefgh'), TEXT('a')])),
  Uint8Array.of(0x51),
];
