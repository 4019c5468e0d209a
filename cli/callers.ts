import { readFileSync } from 'node:fs';
import { openAccess } from '../src/access/open.ts';
import { DEFAULT_TIERS, parseTiers, type Tiers } from '../src/access/tiers.ts';
import { BitqlError } from '../src/errors.ts';
import { fileFailure } from '../src/failures/system.ts';
import type { CallerOptions } from '../src/gateway/callers/callers.ts';
import { TrustedDocuments } from '../src/gateway/requests/trusted-documents.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import type { StoreLocation } from '../src/store/location.ts';
import type { CALLER_SETTINGS } from './command-settings.ts';

/** The value of --tiers that lets anybody ask anything. */
const NO_TIERS = 'none';

/**
 * The keys and tiers by which a gateway limits its callers; null without limits.
 * @param opened closes the store of keys
 * @throws BitqlError BAD_SETTING, STORE_DAMAGED if it can never be used
 */
export async function openCallers(
  { tiers, trustedProxies, maxSubscriptions }: ValuesOf<typeof CALLER_SETTINGS>,
  store: StoreLocation,
  opened: AsyncDisposableStack,
): Promise<CallerOptions | null> {
  if (tiers === NO_TIERS) return null;
  const limits = { tiers: readTiers(tiers), trustedProxies: trustedProxies ?? [], maxSubscriptions };
  const access = openAccess(store);
  opened.defer(() => access.close());
  // A store that does not answer now is tried again with each request.
  await access.findKey('').catch((error: unknown) => {
    if (!(error instanceof BitqlError) || !error.retryable) throw error;
  });
  return { ...limits, access };
}

/** The trusted documents of a file; null without a file. @throws BitqlError BAD_SETTING */
export function readTrustedDocuments(file: string | null): TrustedDocuments | null {
  return file === null ? null : read(file, 'trusted documents', (text) => TrustedDocuments.parse(text));
}

/** The default tiers, with the changes of a file. @throws BitqlError BAD_SETTING */
export function readTiers(file: string | null): Tiers {
  return file === null || file === NO_TIERS ? DEFAULT_TIERS : read(file, 'tiers', parseTiers);
}

function read<T>(file: string, what: string, parse: (text: string) => T): T {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof BitqlError ? error.message.replace(/\.$/, '') : fileFailure(error);
    throw new BitqlError('BAD_SETTING', `${file}, the file of ${what}, cannot be used: ${reason}.`, error);
  }
}
