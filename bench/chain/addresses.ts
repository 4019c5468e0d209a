import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { sha256 } from '../../src/chain/hash.ts';
import {
  OP_0,
  OP_1,
  OP_CHECKMULTISIG,
  OP_CHECKSIG,
  OP_DUP,
  OP_EQUAL,
  OP_EQUALVERIFY,
  OP_HASH160,
} from '../../src/chain/script.ts';
import type { Random } from './random.ts';

/** The lock of an output: P2SH-P2WPKH and P2SH look the same until they are spent. */
export type LockKind = 'P2PK' | 'P2PKH' | 'P2SH' | 'P2SH-P2WPKH' | 'P2WPKH' | 'P2WSH' | 'P2TR' | 'MULTISIG';

/** How many of 100 addresses are of a kind. */
const SEGWIT_KINDS: readonly (readonly [LockKind, number])[] = [
  ['P2WPKH', 42],
  ['P2TR', 25],
  ['P2PKH', 14],
  ['P2SH-P2WPKH', 9],
  ['P2WSH', 5],
  ['P2SH', 3],
  ['MULTISIG', 1],
  ['P2PK', 1],
];
const LEGACY_KINDS: readonly (readonly [LockKind, number])[] = [
  ['P2PKH', 90],
  ['MULTISIG', 4],
  ['P2SH', 3],
  ['P2PK', 3],
];
/** Without a common divisor with 100, so that neighbours are of different kinds. */
const STRIDE = 37;

const BUSY_ADDRESSES = 1_000;
const BUSY_SHARE = 0.15;
const AGAIN_SHARE = 0.2;
/** An address that is used again is one of the last so many. */
const AGAIN_WITHIN = 50_000;

/**
 * The addresses that outputs pay. Each is a number that determines its kind and script, so none is stored. Few
 * are very busy, most are used once or twice.
 */
export class Addresses {
  readonly #random: Random;
  readonly #kinds: readonly LockKind[];
  #next = BUSY_ADDRESSES;

  constructor(random: Random, segwit: boolean) {
    this.#random = random;
    this.#kinds = (segwit ? SEGWIT_KINDS : LEGACY_KINDS).flatMap(([kind, share]) => Array(share).fill(kind));
  }

  /** The next address to pay. */
  choose(): number {
    const draw = this.#random.next();
    if (draw < BUSY_SHARE) return this.#random.skewed(BUSY_ADDRESSES);
    if (draw > BUSY_SHARE + AGAIN_SHARE || this.#next === BUSY_ADDRESSES) return this.#next++;
    return this.#next - 1 - this.#random.below(Math.min(AGAIN_WITHIN, this.#next - BUSY_ADDRESSES));
  }

  kindOf(address: number): LockKind {
    return this.#kinds[(address * STRIDE) % this.#kinds.length]!;
  }

  /** The locking script of an address. */
  scriptOf(address: number): Uint8Array {
    const digest = sha256(new ByteWriter(8).u64(address).finish());
    return lockingScript(this.kindOf(address), digest);
  }
}

/** @param digest 32 bytes in place of the key or script of the address */
function lockingScript(kind: LockKind, digest: Uint8Array): Uint8Array {
  const hash160 = digest.subarray(0, 20);
  switch (kind) {
    case 'P2PK':
      return concatBytes(key(digest), Uint8Array.of(OP_CHECKSIG));
    case 'P2PKH':
      return concatBytes(Uint8Array.of(OP_DUP, OP_HASH160, 20), hash160, Uint8Array.of(OP_EQUALVERIFY, OP_CHECKSIG));
    case 'P2SH':
    case 'P2SH-P2WPKH':
      return concatBytes(Uint8Array.of(OP_HASH160, 20), hash160, Uint8Array.of(OP_EQUAL));
    case 'P2WPKH':
      return concatBytes(Uint8Array.of(OP_0, 20), hash160);
    case 'P2WSH':
      return concatBytes(Uint8Array.of(OP_0, 32), digest);
    case 'P2TR':
      return concatBytes(Uint8Array.of(OP_1, 32), digest);
    case 'MULTISIG':
      return concatBytes(
        Uint8Array.of(OP_1),
        key(digest),
        key(sha256(digest)),
        Uint8Array.of(OP_1 + 1, OP_CHECKMULTISIG),
      );
  }
}

/** A push of bytes that look like a compressed public key. */
function key(digest: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(33, 2), digest);
}
