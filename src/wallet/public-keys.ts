import { createHmac } from 'node:crypto';
import { normalizeZ } from '@noble/curves/abstract/curve.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concatBytes, viewOf } from '../chain/bytes.ts';
import { sha256 } from '../chain/hash.ts';
import type { ExtendedKey } from './extended-key.ts';
import { mistaken } from './mistake.ts';

const { Point } = secp256k1;
type CurvePoint = InstanceType<typeof Point>;

const TAP_TWEAK = sha256(new TextEncoder().encode('TapTweak'));

/** A key that is derived from another one, and what is derived from it in turn. */
interface DerivedKey {
  readonly point: CurvePoint;
  readonly chainCode: Uint8Array;
}

/** @throws BAD_DESCRIPTOR if the bytes of a public key are no point of the curve */
export function requirePoint(publicKey: Uint8Array): void {
  if (secp256k1.utils.isValidPublicKey(publicKey)) return;
  throw mistaken('The public key is no point of the curve: a character is mistyped.');
}

/** The key at a path below another one. */
export function keyAt(key: ExtendedKey, path: readonly number[]): ExtendedKey {
  return path.reduce((parent, number) => {
    const { point, chainCode } = childOf(parent, Point.fromBytes(parent.publicKey), number);
    return { publicKey: point.toBytes(), chainCode };
  }, key);
}

/** The public keys of consecutive numbers below a key: 33 bytes each. Made together, which is faster. */
export function publicKeysBelow(key: ExtendedKey, from: number, count: number): Uint8Array[] {
  const parent = Point.fromBytes(key.publicKey);
  const points = Array.from({ length: count }, (_, i) => childOf(key, parent, from + i).point);
  return encoded(points);
}

/** The output keys of Taproot for public keys without a tree of scripts (BIP 341, BIP 86): 32 bytes each. */
export function taprootKeys(publicKeys: readonly Uint8Array[]): Uint8Array[] {
  const points = publicKeys.map((key) => {
    // The key with an even y.
    const even = concatBytes(Uint8Array.of(2), viewOf(key, 1, 33));
    const tweak = sha256(concatBytes(TAP_TWEAK, TAP_TWEAK, viewOf(even, 1, 33)));
    return Point.fromBytes(even).add(Point.BASE.multiplyUnsafe(scalar(tweak)));
  });
  return encoded(points).map((key) => viewOf(key, 1, 33));
}

/** CKDpub of BIP 32. Everything here is public, so it need not take the same time for all numbers. */
function childOf({ publicKey, chainCode }: ExtendedKey, parent: CurvePoint, number: number): DerivedKey {
  const data = new Uint8Array(publicKey.length + 4);
  data.set(publicKey);
  new DataView(data.buffer).setUint32(publicKey.length, number);
  const digest = createHmac('sha512', chainCode).update(data).digest();
  const point = parent.add(Point.BASE.multiplyUnsafe(scalar(digest.subarray(0, 32))));
  return { point, chainCode: new Uint8Array(digest.subarray(32)) };
}

/** BIP 32 and 341 know no key for a number that is not below the order of the curve: nobody has ever found one. */
function scalar(bytes: Uint8Array): bigint {
  return Point.Fn.fromBytes(bytes);
}

function encoded(points: CurvePoint[]): Uint8Array[] {
  return normalizeZ(Point, points).map((point) => point.toBytes());
}
