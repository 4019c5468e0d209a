import { hasPrivateKey } from '../chain/private-keys.ts';
import { BitqlError } from '../errors.ts';

/** Why something is no description of a wallet. Never repeats any part of it: it may be a secret. */
export function mistaken(message: string): BitqlError {
  return new BitqlError('BAD_DESCRIPTOR', message);
}

/** @throws BAD_DESCRIPTOR if a text has a private key in it, before anything is done with the text */
export function refusePrivateKeys(text: string): void {
  if (!hasPrivateKey(text)) return;
  throw mistaken(
    'This has a private key. It was not used and is not repeated here, but treat it as exposed and move the coins that it can spend. ' +
      'Give the descriptor with public keys (the wallet exports it as public or watch-only), or the extended public key (xpub, ypub, zpub ...).',
  );
}
