import { existsSync } from 'node:fs';
import { BitqlError } from '../errors.ts';
import type { StoreLocation } from '../store/location.ts';
import { openStore } from '../store/open.ts';
import type { ChainStore } from '../store/store.ts';

/** Opens a store to read from. A SQLite file that is not there is not made: it would only be empty. */
export async function openForReading(location: StoreLocation, cacheMiB: number): Promise<ChainStore> {
  if (location.kind === 'sqlite' && !existsSync(location.file)) {
    throw new BitqlError(
      'NOT_SYNCED',
      `There is no index in ${location.file}: make one with "bitql up" or "bitql index", or give another --store.`,
    );
  }
  return openStore(location, { cacheMiB });
}

/** The place of a store as a reader may see it. */
export function describeStore(location: StoreLocation): string {
  return location.kind === 'sqlite' ? location.file : location.uri;
}
