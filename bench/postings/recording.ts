import { existsSync, renameSync } from 'node:fs';
import { FORMAT } from '../../src/store/state.ts';
import type { ChainFiles } from '../chain/chain-files.ts';
import { run } from '../sync/child.ts';
import { sqlitePlace } from '../sync/places.ts';

/** To be raised whenever the indexer makes other postings of the same chain. */
const VERSION = 1;
const CACHE_MIB = 256;
/** Large enough for all outputs of the chain, so that there are no look-ups. */
const OUTPUTS_MIB = 1_024;

/** The batches of postings that the indexer makes of a chain, recorded once and kept beside it. */
export async function recordedPostings(chain: ChainFiles): Promise<string> {
  const file = `${chain.folder}-postings-${FORMAT}.${VERSION}`;
  if (existsSync(file)) return file;
  console.error('recording the postings');
  const partial = `${file}.partial-${process.pid}`;
  const place = sqlitePlace(CACHE_MIB);
  await run({
    kind: 'record',
    store: place.store,
    cacheMiB: CACHE_MIB,
    outputsMiB: OUTPUTS_MIB,
    blocks: chain.folder,
    batches: partial,
    tables: ['postings'],
  });
  await place.remove();
  renameSync(partial, file);
  return file;
}
