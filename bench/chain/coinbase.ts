import { push } from '../../dev/data-output.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { merkleRootOfProof } from '../../src/chain/merkle.ts';
import { OP_1, OP_RETURN } from '../../src/chain/script.ts';
import { type EncodedTransaction, encodeTransaction, type NewOutput } from './encode.ts';

const FIRST_SUBSIDY = 50e8;
/** Regtest's. */
const HALVING_INTERVAL = 150;
const TAG = new TextEncoder().encode('/BitQL bench/');
/** The beginning of a witness commitment, and the reserved value in the coinbase's own witness (BIP141). */
const COMMITMENT_HEADER = Uint8Array.of(0xaa, 0x21, 0xa9, 0xed);
const RESERVED = new Uint8Array(32);

/** The subsidy of a block, in satoshis. */
export function subsidyAt(height: number): number {
  return Math.floor(FIRST_SUBSIDY / 2 ** Math.floor(height / HALVING_INTERVAL));
}

/**
 * The coinbase of a block; the reward is its first output. Its length depends on height and script only.
 * @param commitment the output that commits to the witnesses of the block; null if there are none
 */
export function encodeCoinbase(height: number, reward: NewOutput, commitment: NewOutput | null): EncodedTransaction {
  const input = {
    txid: new Uint8Array(32),
    index: 0xffff_ffff,
    script: concatBytes(heightPush(height), push(TAG)),
    sequence: 0xffff_ffff,
    witness: commitment === null ? [] : [RESERVED],
  };
  const outputs = commitment === null ? [reward] : [reward, commitment];
  return encodeTransaction({ version: 2, inputs: [input], outputs, lockTime: 0 });
}

/** @param branch the branch of the coinbase in the tree of wtxids */
export function witnessCommitment(branch: readonly Uint8Array[]): NewOutput {
  // BIP141: the wtxid of the coinbase counts as zero.
  const root = merkleRootOfProof(new Uint8Array(32), 0, branch);
  const hash = hash256(concatBytes(root, RESERVED));
  return { value: 0, script: concatBytes(Uint8Array.of(OP_RETURN), push(concatBytes(COMMITMENT_HEADER, hash))) };
}

/** BIP34, as Core writes it: small numbers as opcodes, others as script numbers. */
function heightPush(height: number): Uint8Array {
  if (height === 0) return Uint8Array.of(0);
  if (height <= 16) return Uint8Array.of(OP_1 - 1 + height);
  const bytes: number[] = [];
  for (let rest = height; rest > 0; rest >>>= 8) bytes.push(rest & 0xff);
  // The highest bit would be the sign.
  if (bytes.at(-1)! >= 0x80) bytes.push(0);
  return push(Uint8Array.from(bytes));
}
