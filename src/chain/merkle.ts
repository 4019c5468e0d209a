import { concatBytes, equalBytes } from './bytes.ts';
import { hash256 } from './hash.ts';
import type { Transaction } from './transaction.ts';

/*
 * Bitcoin's merkle tree: each node is hash256 of its two children, and on a level with an odd number of nodes the last
 * is its own sibling. All hashes are 32 bytes in internal order. A proof shows that a hash is in the tree, not that it
 * is that of a transaction: to check that too, compare the length of the branch with one for the coinbase.
 */

/** The root over the hashes; 32 zero bytes for none, as in Core. */
export function merkleRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const stack = new MerkleStack();
  for (const hash of hashes) stack.add(hash);
  return stack.root();
}

/** Computes the root of leaves that arrive one by one, with one node a level in memory. */
export class MerkleStack {
  /**
   * Whether two neighbours are equal, at any level. A block that ends with copies of its last transactions has the same
   * root as without them (CVE-2012-2459; Core: ComputeMerkleRoot); only this reveals it.
   */
  hasTwins = false;
  /** The node at each level that waits for its neighbour. */
  readonly #waiting: (Uint8Array | undefined)[] = [];
  readonly #hashPair = pairHasher();

  add(leaf: Uint8Array): void {
    let node = leaf;
    let level = 0;
    for (; this.#waiting[level] !== undefined; level++) {
      node = this.#parent(this.#waiting[level]!, node);
      this.#waiting[level] = undefined;
    }
    this.#waiting[level] = node;
  }

  /** The root so far, at least `levels` above the leaves. The object must not be used afterwards. */
  root(levels = 0): Uint8Array {
    const top = Math.max(
      this.#waiting.findLastIndex((node) => node !== undefined),
      levels,
    );
    let node: Uint8Array | undefined;
    for (let level = 0; level <= top; level++) {
      const left = this.#waiting[level];
      if (left !== undefined && node !== undefined) node = this.#parent(left, node);
      else {
        node = left ?? node;
        if (node !== undefined && level < top) node = this.#hashPair(node, node);
      }
    }
    return node ?? new Uint8Array(32);
  }

  #parent(left: Uint8Array, right: Uint8Array): Uint8Array {
    if (left[0] === right[0] && equalBytes(left, right)) this.hasTwins = true;
    return this.#hashPair(left, right);
  }
}

/**
 * The siblings on the way from a leaf to the root, lowest first.
 * @throws RangeError if there is no leaf with this index
 */
export function merkleProof(hashes: readonly Uint8Array[], index: number): Uint8Array[] {
  checkIndex(hashes, index);
  const branch: Uint8Array[] = [];
  let level = hashes;
  for (let at = index; level.length > 1; at >>>= 1) {
    branch.push(siblingOf(level, at));
    level = parentsOf(level);
  }
  return branch;
}

/** The root that follows from a leaf, its index and its branch. */
export function merkleRootOfProof(leaf: Uint8Array, index: number, branch: readonly Uint8Array[]): Uint8Array {
  const hashPair = pairHasher();
  let node = leaf;
  let at = index;
  for (const sibling of branch) {
    node = at % 2 === 0 ? hashPair(node, sibling) : hashPair(sibling, node);
    at = Math.floor(at / 2);
  }
  return node;
}

/** Whether the branch leads from the leaf to the root, and the index is one that a branch of this length can have. */
export function verifyMerkleProof(
  leaf: Uint8Array,
  index: number,
  branch: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  return index < 2 ** branch.length && equalBytes(merkleRootOfProof(leaf, index, branch), root);
}

/** One page of a tree's leaves, and the roots of all pages. */
export interface MerklePage {
  /** The leaves of the page. All pages but the last have 2^levels of them. */
  readonly hashes: readonly Uint8Array[];
  readonly levels: number;
  /** The index of the page. */
  readonly number: number;
  /**
   * The node `levels` above each page (`MerkleStack.root(levels)`), in order. If there are several pages, all but the last are
   * full. The last page's only node on a level has no neighbour in the tree, so it is doubled up to this level: the
   * `merkleRoot` of these roots is the root of the tree. A tree of a single page ends at its `merkleRoot`, without doubling.
   */
  readonly roots: readonly Uint8Array[];
}

/**
 * The branch of a leaf, from its page and the roots of all pages: equal to `merkleProof` of all leaves.
 * @param index within the page
 * @throws RangeError if there is no leaf with this index
 */
export function pagedMerkleProof(page: MerklePage, index: number): Uint8Array[] {
  if (page.roots.length === 1) return merkleProof(page.hashes, index);
  checkIndex(page.hashes, index);
  const branch: Uint8Array[] = [];
  let level = page.hashes;
  for (let i = 0; i < page.levels; i++) {
    branch.push(siblingOf(level, index >>> i));
    level = parentsOf(level);
  }
  return [...branch, ...merkleProof(page.roots, page.number)];
}

/** The nodes one level up. */
function parentsOf(level: readonly Uint8Array[]): Uint8Array[] {
  const hashPair = pairHasher();
  const parents: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) parents.push(hashPair(level[i]!, siblingOf(level, i)));
  return parents;
}

/** The other child of the node's parent; the node itself if it is the last and has none. */
function siblingOf(level: readonly Uint8Array[], index: number): Uint8Array {
  return level[index ^ 1] ?? level[index]!;
}

/** Hashes pairs of nodes, all in one buffer. */
function pairHasher(): (left: Uint8Array, right: Uint8Array) => Uint8Array {
  const pair = new Uint8Array(64);
  return (left, right) => {
    pair.set(left, 0);
    pair.set(right, 32);
    return hash256(pair);
  };
}

function checkIndex(hashes: readonly Uint8Array[], index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= hashes.length) {
    throw new RangeError(`no leaf ${index} among ${hashes.length}`);
  }
}

/** The beginning of the script of a commitment: OP_RETURN, a push of 36 bytes, four bytes that mark it (BIP 141). */
const HEAD = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed);
const HASH_LENGTH = 32;
const NO_HASH = new Uint8Array(HASH_LENGTH);

/**
 * Checks the witnesses of a block against the commitment of its coinbase (BIP 141), while its transactions are read. The
 * commitment counts only if the coinbase has a witness itself; in all other blocks nothing is hashed.
 */
export class WitnessCheck {
  readonly #tree = new MerkleStack();
  #coinbase: Transaction | null = null;
  /** Whether there was a witness although the coinbase has none. */
  #isStray = false;

  add(transaction: Transaction): void {
    if (this.#coinbase === null) {
      this.#coinbase = transaction;
      this.#tree.add(NO_HASH);
    } else if (this.#coinbase.hasWitness) this.#tree.add(transaction.wtxid);
    else this.#isStray ||= transaction.hasWitness;
  }

  /** Whether the witnesses are those that the coinbase commits to, or there are none. To be called once. */
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
