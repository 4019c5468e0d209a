import { push } from '../../dev/data-output.ts';
import { p2pkh, p2sh, witnessScript } from '../../src/chain/address.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { hash160, sha256 } from '../../src/chain/hash.ts';
import { OP_1, OP_CHECKMULTISIG, OP_CHECKSIG } from '../../src/chain/script.ts';
import type { Random } from './random.ts';

/** The lock of an output: P2SH-P2WPKH and P2SH look the same until they are spent. */
export type LockKind = 'P2PK' | 'P2PKH' | 'P2SH' | 'P2SH-P2WPKH' | 'P2WPKH' | 'P2WSH' | 'P2TR' | 'MULTISIG';

/** What determines the script of an address. */
export interface AddressLock {
  readonly kind: LockKind;
  /** 32 bytes that are different for each address, in place of its private key. */
  readonly secret: Uint8Array;
}

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
const NOTHING = new Uint8Array(0);

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

  lockOf(address: number): AddressLock {
    const kind = this.#kinds[(address * STRIDE) % this.#kinds.length]!;
    return { kind, secret: sha256(new ByteWriter(8).u64(address).finish()) };
  }

  /** The locking script of an address. */
  scriptOf(address: number): Uint8Array {
    return lockingScript(this.lockOf(address));
  }
}

function lockingScript(lock: AddressLock): Uint8Array {
  const { kind, secret } = lock;
  switch (kind) {
    case 'P2PK':
      return concatBytes(push(publicKey(secret)), Uint8Array.of(OP_CHECKSIG));
    case 'P2PKH':
      return p2pkh(hash160(revealed(lock)));
    case 'P2SH':
    case 'P2SH-P2WPKH':
      return p2sh(hash160(revealed(lock)));
    case 'P2WPKH':
      return witnessScript(0, hash160(revealed(lock)))!;
    case 'P2WSH':
      return witnessScript(0, sha256(revealed(lock)))!;
    case 'P2TR':
      return witnessScript(1, secret)!;
    case 'MULTISIG':
      return multisig(1, [secret, sha256(secret)]);
  }
}

/** The key, the script or the witness program whose hash the locking script holds; empty if it holds none. */
export function revealed({ kind, secret }: AddressLock): Uint8Array {
  switch (kind) {
    case 'P2PKH':
    case 'P2WPKH':
      return publicKey(secret);
    case 'P2SH-P2WPKH':
      return witnessScript(0, hash160(publicKey(secret)))!;
    case 'P2SH':
    case 'P2WSH': {
      const second = sha256(secret);
      return multisig(2, [secret, second, sha256(second)]);
    }
    default:
      return NOTHING;
  }
}

function multisig(required: number, secrets: readonly Uint8Array[]): Uint8Array {
  const keys = secrets.map((secret) => push(publicKey(secret)));
  return concatBytes(
    Uint8Array.of(OP_1 + required - 1),
    ...keys,
    Uint8Array.of(OP_1 + keys.length - 1, OP_CHECKMULTISIG),
  );
}

/** Bytes that look like a compressed public key. */
export function publicKey(secret: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(2), secret);
}
