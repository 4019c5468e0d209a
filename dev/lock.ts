import { createHash } from 'node:crypto';
import { p2pkh, p2wpkh, TEST_NETWORK } from '@scure/btc-signer';
import { pubECDSA } from '@scure/btc-signer/utils.js';

export const REGTEST = { ...TEST_NETWORK, bech32: 'bcrt' };

/** Signs one input of one transaction; `transaction-builder.ts` makes it. */
export interface InputSigner {
  /** DER with SIGHASH_ALL, with the signature hash from before SegWit. */
  legacy(key: KeyPair, scriptCode: Uint8Array): Uint8Array;
  /** The same by BIP143. */
  segwit(key: KeyPair, scriptCode: Uint8Array): Uint8Array;
  /** 64 bytes by BIP341, for a key path or a leaf. */
  taproot(secret: Uint8Array, leaf?: Uint8Array): Uint8Array;
}

export interface Unlocking {
  readonly script: Uint8Array;
  readonly witness: readonly Uint8Array[];
}

/** A locking script, and how to unlock it. */
export interface Lock {
  readonly script: Uint8Array;
  /** Undefined for a script without an address: a bare key, bare multisig, a non-standard script. */
  readonly address: string | undefined;
  unlock(signer: InputSigner): Unlocking;
}

const NOTHING = new Uint8Array(0);

/** Pays to the hash of a key by witness (P2WPKH). */
export function witnessKeyHash(key: KeyPair): Lock {
  const { script, address } = p2wpkh(key.public, REGTEST);
  const scriptCode = p2pkh(key.public).script;
  const unlock = (signer: InputSigner) => ({ script: NOTHING, witness: [signer.segwit(key, scriptCode), key.public] });
  return { script, address, unlock };
}

export interface KeyPair {
  readonly secret: Uint8Array;
  /** Compressed, 33 bytes. */
  readonly public: Uint8Array;
}

/** The key of that name, which is always the same. */
export function keyPairOf(name: string): KeyPair {
  const secret = createHash('sha256').update(`BitQL test key ${name}`).digest();
  return { secret, public: pubECDSA(secret) };
}

/** Where `mine` sends its coins. */
export const MINER = witnessKeyHash(keyPairOf('miner'));
export const MINER_ADDRESS = MINER.address!;
