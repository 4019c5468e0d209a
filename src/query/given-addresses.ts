import { AddressError, lockingScriptOf } from '../chain/address.ts';
import type { Network } from '../chain/networks.ts';

/** The most addresses or ids of a list that a caller gives. */
export const MAX_GIVEN = 1_000;

/** The locking script of one of some addresses. @throws AddressError with its place, since the message repeats little of the address */
export function givenScript(addresses: readonly string[], i: number, network: Network): Uint8Array {
  try {
    return lockingScriptOf(addresses[i]!, network);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new AddressError(`Number ${i + 1} of \`addresses\`: ${error.message}`);
  }
}
