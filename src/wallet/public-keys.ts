import { createHmac } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concatBytes, viewOf } from '../chain/bytes.ts';
import { sha256 } from '../chain/hash.ts';
import type { ExtendedKey } from './extended-key.ts';
import { mistaken } from './mistake.ts';
import { type AffinePoint, plusMultiples } from './point-sums.ts';

const { Point } = secp256k1;

/** A public key. */
export interface PublicKey {
  /** As scripts have it, except for Taproot: 33 bytes, or 65 if it is not compressed. */
  readonly bytes: Uint8Array;
  readonly point: AffinePoint;
}

/** @throws BAD_DESCRIPTOR if the bytes of a public key are no point of the curve */
export function publicKeyOf(bytes: Uint8Array): PublicKey {
  try {
    return { bytes, point: Point.fromBytes(bytes).toAffine() };
  } catch {
    throw mistaken('The public key is no point of the curve: a character is mistyped.');
  }
}

/** An extended public key whose point is known. */
export interface ParentKey extends ExtendedKey {
  readonly point: AffinePoint;
}

/** The key at a path below another one. */
export function keyAt(key: ExtendedKey, path: readonly number[]): ParentKey {
  const first: ParentKey = { ...key, point: publicKeyOf(key.publicKey).point };
  return path.reduce((parent, number) => {
    const { tweak, chainCode } = childOf(parent, number);
    const [point] = plusMultiples([parent.point], [tweak]);
    return { point: point!, publicKey: compressed(point!), chainCode };
  }, first);
}

/** The public keys of consecutive numbers below each of some keys. Made together, which is faster. */
export function publicKeysBelow(parents: readonly ParentKey[], from: number, count: number): PublicKey[][] {
  const places = parents.flatMap((parent) => Array.from({ length: count }, (_, i) => ({ parent, number: from + i })));
  const points = plusMultiples(
    places.map(({ parent }) => parent.point),
    places.map(({ parent, number }) => childOf(parent, number).tweak),
  );
  const keys = points.map((point) => ({ bytes: compressed(point), point }));
  return parents.map((_, i) => keys.slice(i * count, (i + 1) * count));
}

/**
 * The output keys of Taproot (BIP 341), 32 bytes each.
 * @param roots of the tree of scripts of each key; null if they have none (BIP 86)
 */
export function taprootKeys(keys: readonly PublicKey[], roots: readonly Uint8Array[] | null): Uint8Array[] {
  const tweaks = keys.map(({ bytes }, i) => {
    const key = viewOf(bytes, 1, 33);
    return roots === null ? taggedHash('TapTweak', key) : taggedHash('TapTweak', key, roots[i]!);
  });
  // A key of 32 bytes stands for the point with an even y.
  const even = keys.map(({ point: { x, y } }) => ({ x, y: y % 2n === 0n ? y : Point.Fp.neg(y) }));
  return plusMultiples(even, tweaks).map(({ x }) => Point.Fp.toBytes(x));
}

/** A hash that is used for one purpose only (BIP 340). */
export function taggedHash(tag: 'TapTweak' | 'TapLeaf' | 'TapBranch', ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(TAGS[tag], TAGS[tag], ...parts));
}

const tagOf = (tag: string) => sha256(new TextEncoder().encode(tag));
const TAGS = { TapTweak: tagOf('TapTweak'), TapLeaf: tagOf('TapLeaf'), TapBranch: tagOf('TapBranch') };

/** What is added to a key for one of its children, as a multiple of the generator, and the child's chain code. */
interface DerivedChild {
  readonly tweak: Uint8Array;
  readonly chainCode: Uint8Array;
}

/** CKDpub of BIP 32. It knows no child for a tweak that is not below the order of the curve: nobody has ever found one. */
function childOf({ publicKey, chainCode }: ExtendedKey, number: number): DerivedChild {
  const data = new Uint8Array(publicKey.length + 4);
  data.set(publicKey);
  new DataView(data.buffer).setUint32(publicKey.length, number);
  const digest = createHmac('sha512', chainCode).update(data).digest();
  return { tweak: digest.subarray(0, 32), chainCode: digest.subarray(32) };
}

function compressed({ x, y }: AffinePoint): Uint8Array {
  return concatBytes(Uint8Array.of(y % 2n === 0n ? 2 : 3), Point.Fp.toBytes(x));
}
