import { existsSync } from 'node:fs';
import { type PatienceOptions, withPatience } from '../indexer/patience.ts';
import { BitqlError } from '../src/errors.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { redact } from '../src/settings/redact.ts';
import { SETTINGS } from '../src/settings/settings.ts';
import type { StoreLocation } from '../src/store/location.ts';
import { openStore } from '../src/store/open.ts';
import type { ChainStore } from '../src/store/store.ts';
import type { STORE_SETTINGS } from './command-settings.ts';

/** Opens a store; null if the user stops that. */
export type OpenStore = (patience: PatienceOptions) => Promise<ChainStore | null>;

/** Opens a store to write to. It waits for a database that does not answer yet, as it does later. */
export function openForIndexing(options: ValuesOf<typeof STORE_SETTINGS>): OpenStore {
  const open = () => openStore(options.store, { cacheMiB: options.sqliteCache });
  return (patience) => withPatience(open, patience);
}

/** Opens a store to serve. A file must exist; it waits for a database that does not answer yet. @throws BitqlError NOT_SYNCED */
export function openForServing(options: ValuesOf<typeof STORE_SETTINGS>): OpenStore {
  requireFile(options.store);
  return (patience) => withPatience(() => openForReading(options.store, options.sqliteCache), patience);
}

/** Opens a store to read from. */
export async function openForReading(location: StoreLocation, cacheMiB: number): Promise<ChainStore> {
  requireFile(location);
  return openStore(location, { cacheMiB });
}

/** Commands that need an index do not create a missing SQLite file, which would be empty. @throws BitqlError NOT_SYNCED */
export function requireFile(location: StoreLocation): void {
  if (location.kind !== 'sqlite' || existsSync(location.file)) return;
  throw new BitqlError(
    'NOT_SYNCED',
    `There is no index in ${location.file}: create one with "bitql up" or "bitql index", or give another --store.`,
  );
}

/** The flag `--store` for a command that is proposed to the user, with a blank before it; empty for the default store. */
export function storeFlag(location: StoreLocation): string {
  const { fallback } = SETTINGS.store;
  if (describeStore(location) === describeStore(fallback)) return '';
  const text = location.kind === 'sqlite' ? `sqlite:${location.file}` : redact(location.uri);
  return ` --store ${/^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`}`;
}

/** Where a store is, for messages. */
export function describeStore(location: StoreLocation): string {
  return location.kind === 'sqlite' ? location.file : location.uri;
}
