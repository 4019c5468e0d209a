import { concatBytes } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import type { MadeTransaction } from './transaction-maker.ts';

/**
 * Computes the merkle branch of a block's coinbase from the hashes of all other transactions, one by one. The coinbase is known
 * last, because it takes the fees. Only one hash a level is kept.
 */
class CoinbaseBranch {
  /** The n-th is the node above the leaves 2^n to 2^(n + 1) - 1. */
  readonly #done: Uint8Array[] = [];
  /** The n-th, if there is one, is a node above 2^n leaves that waits for its right sibling. */
  readonly #waiting: (Uint8Array | undefined)[] = [];

  add(hash: Uint8Array): void {
    let node = hash;
    let level = 0;
    for (let left = this.#waiting[0]; left !== undefined; left = this.#waiting[++level]) {
      node = parent(left, node);
      this.#waiting[level] = undefined;
    }
    if (level === this.#done.length) this.#done.push(node);
    else this.#waiting[level] = node;
  }

  /** The siblings on the way from the coinbase to the root, lowest first. */
  branch(): Uint8Array[] {
    let node: Uint8Array | undefined;
    for (let level = 0; level < this.#done.length; level++) {
      const left = this.#waiting[level];
      if (node !== undefined) node = parent(left ?? node, node);
      else if (left !== undefined) node = parent(left, left);
    }
    return node === undefined ? [...this.#done] : [...this.#done, node];
  }
}

function parent(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash256(concatBytes(left, right));
}

/** Totals of a block's other transactions, for its header and coinbase. */
export class BlockContents {
  readonly txids = new CoinbaseBranch();
  readonly wtxids = new CoinbaseBranch();
  count = 0;
  inputs = 0;
  outputs = 0;
  bytes = 0;
  fees = 0;

  add({ bytes, txid, wtxid, fee, inputCount, outputCount }: MadeTransaction): void {
    this.txids.add(txid);
    this.wtxids.add(wtxid);
    this.count += 1;
    this.inputs += inputCount;
    this.outputs += outputCount;
    this.bytes += bytes.length;
    this.fees += fee;
  }
}
