import { createHash } from 'node:crypto';
import { pubECDSA } from '@scure/btc-signer/utils.js';

export interface KeyPair {
  readonly secret: Uint8Array;
  /** Compressed, 33 bytes. */
  readonly public: Uint8Array;
}

/** The key of that name: always the same one. */
export function keyPairOf(name: string): KeyPair {
  const secret = createHash('sha256').update(`BitQL test key ${name}`).digest();
  return { secret, public: pubECDSA(secret) };
}
