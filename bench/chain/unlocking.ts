import { push } from '../../dev/data-output.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { OP_0 } from '../../src/chain/script.ts';
import { type AddressLock, publicKey, revealed } from './addresses.ts';
import type { Random, Range } from './random.ts';

/**
 * The script and witness with which an input spends an output: the right shape, keys
 * and scripts that have the hashes in the locking script, and random bytes for signatures.
 */
export interface Unlocking {
  readonly script: Uint8Array;
  /** Empty for an input without witness. */
  readonly witness: readonly Uint8Array[];
}

const NOTHING = new Uint8Array(0);
const NO_WITNESS: readonly Uint8Array[] = [];
const TAPROOT_SCRIPT_SHARE = 0.15;
/** A key and an opcode, mostly; inscriptions and the like. */
const TAPROOT_SCRIPT_LENGTHS: readonly Range[] = [
  [0.9, 34, 34],
  [0.07, 70, 400],
  [0.03, 400, 4_000],
];

export function unlocking(lock: AddressLock, random: Random): Unlocking {
  switch (lock.kind) {
    case 'P2PK':
      return legacy(push(signature(random)));
    case 'P2PKH':
      return legacy(push(signature(random)), push(revealed(lock)));
    case 'P2SH':
      return legacy(Uint8Array.of(OP_0), push(signature(random)), push(signature(random)), push(revealed(lock)));
    case 'MULTISIG':
      return legacy(Uint8Array.of(OP_0), push(signature(random)));
    case 'P2SH-P2WPKH':
      return {
        script: push(revealed(lock)),
        witness: [signature(random), publicKey(lock.secret)],
      };
    case 'P2WPKH':
      return { script: NOTHING, witness: [signature(random), revealed(lock)] };
    case 'P2WSH':
      return {
        script: NOTHING,
        witness: [NOTHING, signature(random), signature(random), revealed(lock)],
      };
    case 'P2TR':
      return { script: NOTHING, witness: taprootWitness(random) };
  }
}

function legacy(...pushes: Uint8Array[]): Unlocking {
  return { script: concatBytes(...pushes), witness: NO_WITNESS };
}

/** By the key, or by a script and the way to it (BIP341). */
function taprootWitness(random: Random): Uint8Array[] {
  const signed = random.bytes(64);
  if (!random.chance(TAPROOT_SCRIPT_SHARE)) return [signed];
  const script = random.bytes(random.among(TAPROOT_SCRIPT_LENGTHS));
  return [signed, script, random.bytes(33 + 32 * random.below(3))];
}

/** The length of a DER signature with the byte of its hash type. */
function signature(random: Random): Uint8Array {
  return random.bytes(71 + random.below(2));
}
