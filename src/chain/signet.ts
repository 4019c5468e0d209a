import { ByteWriter } from './bytes.ts';
import { hash256 } from './hash.ts';

/** The magic of the signet whose blocks satisfy a challenge, which is a script (BIP 325). */
export function signetMagic(challenge: Uint8Array): Uint8Array {
  return hash256(new ByteWriter().compactSize(challenge.length).bytes(challenge).finish()).slice(0, 4);
}
