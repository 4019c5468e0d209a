import { existsSync } from 'node:fs';
import { BitqlError } from '../src/errors.ts';
import { redact } from '../src/settings/redact.ts';
import { SETTINGS } from '../src/settings/settings.ts';
import type { StoreLocation } from '../src/store/location.ts';
import { openStore } from '../src/store/open.ts';
import type { ChainStore } from '../src/store/store.ts';

/** Opens a store to read from. */
export async function openForReading(location: StoreLocation, cacheMiB: number): Promise<ChainStore> {
  requireFile(location);
  return openStore(location, { cacheMiB });
}

/** A SQLite file that is not there is not made by what needs an index: it would only be empty. @throws NOT_SYNCED */
export function requireFile(location: StoreLocation): void {
  if (location.kind !== 'sqlite' || existsSync(location.file)) return;
  throw new BitqlError(
    'NOT_SYNCED',
    `There is no index in ${location.file}: create one with "bitql up" or "bitql index", or give another --store.`,
  );
}

/** As it stands in a command that is proposed to whoever gave it: with a blank before it; empty for the default. */
export function storeFlag(location: StoreLocation): string {
  const { fallback } = SETTINGS.store;
  if (describeStore(location) === describeStore(fallback)) return '';
  const text = location.kind === 'sqlite' ? `sqlite:${location.file}` : redact(location.uri);
  return ` --store ${/^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`}`;
}

/** The place of a store as a reader may see it. */
export function describeStore(location: StoreLocation): string {
  return location.kind === 'sqlite' ? location.file : location.uri;
}
