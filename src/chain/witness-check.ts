import { concatBytes, equalBytes } from './bytes.ts';
import { hash256 } from './hash.ts';
import { MerkleStack } from './merkle.ts';
import type { Transaction } from './transaction.ts';

/** What the script of a commitment begins with: OP_RETURN, a push of 36 bytes, four bytes that mark it (BIP 141). */
const HEAD = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed);
const HASH_LENGTH = 32;
const NO_HASH = new Uint8Array(HASH_LENGTH);

/**
 * Holds the witnesses of a block against what its coinbase says of them (BIP 141), as its transactions come by. A
 * coinbase has a witness itself where it says something that counts: in all other blocks, nothing is hashed.
 */
export class WitnessCheck {
  readonly #tree = new MerkleStack();
  #coinbase: Transaction | null = null;
  /** A witness in a block whose coinbase has none. */
  #isStray = false;

  add(transaction: Transaction): void {
    if (this.#coinbase === null) {
      this.#coinbase = transaction;
      this.#tree.add(NO_HASH);
    } else if (this.#coinbase.hasWitness) this.#tree.add(transaction.wtxid);
    else this.#isStray ||= transaction.hasWitness;
  }

  /** Whether the witnesses are those that the coinbase commits to; where there are none, nothing has to. Asked once. */
  isKept(): boolean {
    if (!this.#coinbase?.hasWitness) return !this.#isStray;
    const { inputs, outputs } = this.#coinbase;
    const [reserved, ...more] = inputs[0]!.witness;
    const commitment = outputs.findLast(({ script }) => isCommitment(script))?.script;
    if (commitment === undefined || reserved?.length !== HASH_LENGTH || more.length > 0) return false;
    const expected = hash256(concatBytes(this.#tree.root(), reserved));
    return equalBytes(commitment.subarray(HEAD.length, HEAD.length + HASH_LENGTH), expected);
  }
}

/** Core: MINIMUM_WITNESS_COMMITMENT; more bytes may follow. */
function isCommitment(script: Uint8Array): boolean {
  return script.length >= HEAD.length + HASH_LENGTH && HEAD.every((byte, i) => script[i] === byte);
}
