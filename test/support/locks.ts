import { p2ms, p2pk, p2pkh, p2tr, Script } from '@scure/btc-signer';
import { p2sh, p2wsh } from '@scure/btc-signer/payment.js';
import { TaprootControlBlock } from '@scure/btc-signer/psbt.js';
import { pubSchnorr, sha256, taprootTweakPrivKey } from '@scure/btc-signer/utils.js';
import { type InputSigner, type KeyPair, type Lock, REGTEST } from '../../dev/lock.ts';

/** The other locks of outputs in a BTC chain, and how they are unlocked. */

/** A script and the items that satisfy it. It locks an output bare, or by its hash. */
export interface Condition {
  readonly script: Uint8Array;
  satisfy(sign: (key: KeyPair) => Uint8Array): Uint8Array[];
}

const NOTHING = new Uint8Array(0);
const pushes = (items: readonly Uint8Array[]) => Script.encode([...items]);

// ---- Conditions ----

export function payToKey(key: KeyPair): Condition {
  return { script: p2pk(key.public).script, satisfy: (sign) => [sign(key)] };
}

export function payToKeyHash(key: KeyPair): Condition {
  return { script: p2pkh(key.public).script, satisfy: (sign) => [sign(key), key.public] };
}

/** The first keys sign, as many as it needs. */
export function multisig(needed: number, keys: readonly KeyPair[]): Condition {
  const { script } = p2ms(needed, [...keys.map((key) => key.public)]);
  // OP_CHECKMULTISIG takes one item too many, which is the empty one.
  return { script, satisfy: (sign) => [NOTHING, ...keys.slice(0, needed).map(sign)] };
}

/** Anyone who knows the preimage may spend it. It is not a standard script when bare. */
export function hashPuzzle(preimage: Uint8Array): Condition {
  return { script: Script.encode(['SHA256', sha256(preimage), 'EQUAL']), satisfy: () => [preimage] };
}

/** OP_TRUE: anyone may spend it. */
export const anyone: Condition = { script: Script.encode([1]), satisfy: () => [] };

// ---- Locks ----

export function bare({ script, satisfy }: Condition, address?: string): Lock {
  const unlock = (signer: InputSigner) => {
    const items = satisfy((key) => signer.legacy(key, script));
    return { script: pushes(items), witness: [] };
  };
  return { script, address, unlock };
}

export function keyHash(key: KeyPair): Lock {
  return bare(payToKeyHash(key), p2pkh(key.public, REGTEST).address);
}

export function scriptHash({ script: redeemScript, satisfy }: Condition): Lock {
  const { script, address } = p2sh({ type: 'unknown', script: redeemScript }, REGTEST);
  const unlock = (signer: InputSigner) => {
    const items = satisfy((key) => signer.legacy(key, redeemScript));
    return { script: pushes([...items, redeemScript]), witness: [] };
  };
  return { script, address, unlock };
}

export function witnessScriptHash({ script: witnessScript, satisfy }: Condition): Lock {
  const { script, address } = p2wsh({ type: 'unknown', script: witnessScript }, REGTEST);
  const unlock = (signer: InputSigner) => {
    const items = satisfy((key) => signer.segwit(key, witnessScript));
    return { script: NOTHING, witness: [...items, witnessScript] };
  };
  return { script, address, unlock };
}

/** A witness lock inside a script hash (P2SH-P2WPKH, P2SH-P2WSH). */
export function nested(inner: Lock): Lock {
  const { script, address } = p2sh({ type: 'unknown', script: inner.script }, REGTEST);
  const unlock = (signer: InputSigner) => ({ script: pushes([inner.script]), witness: inner.unlock(signer).witness });
  return { script, address, unlock };
}

export function taprootKey(key: KeyPair): Lock {
  const { script, address } = p2tr(pubSchnorr(key.secret), undefined, REGTEST);
  const unlock = (signer: InputSigner) => ({
    script: NOTHING,
    witness: [signer.taproot(taprootTweakPrivKey(key.secret))],
  });
  return { script, address, unlock };
}

/** Two leaves with a key each. The first leaf is used; the second and the key path are not. */
export function taprootScript(internal: KeyPair, used: KeyPair, other: KeyPair): Lock {
  const leafOf = (key: KeyPair) => Script.encode([pubSchnorr(key.secret), 'CHECKSIG']);
  const tree = [{ script: leafOf(used) }, { script: leafOf(other) }];
  const { script, address, tapLeafScript } = p2tr(pubSchnorr(internal.secret), tree, REGTEST, true);
  const leaf = leafOf(used);
  // Each entry is a control block, and its leaf followed by the leaf's version.
  const [block] = tapLeafScript!.find(([, versioned]) => Buffer.compare(versioned.subarray(0, -1), leaf) === 0)!;
  const control = TaprootControlBlock.encode(block);
  const unlock = (signer: InputSigner) => ({
    script: NOTHING,
    witness: [signer.taproot(used.secret, leaf), leaf, control],
  });
  return { script, address, unlock };
}

/** Pay to anchor: anyone may spend it, with an empty witness. */
export const anchor: Lock = {
  script: Uint8Array.of(0x51, 0x02, 0x4e, 0x73),
  address: 'bcrt1pfeesnyr2tx',
  unlock: () => ({ script: NOTHING, witness: [] }),
};

/** A witness program of a version that has no rules yet: anyone may spend it. */
export const futureWitness: Lock = {
  script: Uint8Array.of(0x60, 0x02, 0xb1, 0x71),
  address: undefined,
  unlock: () => ({ script: NOTHING, witness: [] }),
};
