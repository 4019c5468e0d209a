import { readFile, rm } from 'node:fs/promises';

import { join } from 'node:path';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { runIndexer } from '../../indexer/run.ts';
import { networkById } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import { packagePath } from '../../src/package-root.ts';
import { openStore } from '../../src/store/open.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { temporaryFolder } from '../../src/temporary-folder.ts';

export const DEMO_HEIGHT = 357_238;

const CACHE_MIB = 16;
const LEASE_MS = 15_000;

/** A store in a folder that goes away with it. */
export interface DemoStore extends AsyncDisposable {
  readonly store: ChainStore;
}

/** An empty SQLite store in a temporary folder. */
export async function openDemoStore(): Promise<DemoStore> {
  const folder = temporaryFolder('bitql-demo');
  const store = await openStore({ kind: 'sqlite', file: join(folder, 'demo.db') }, { cacheMiB: CACHE_MIB });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Indexes the demo's block as a live node's would be. */
export async function indexDemoBlock(
  store: ChainStore,
  log: { info(message: string): void; warn(message: string): void },
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await runIndexer({
    store,
    node: new BlockListNode(networkById('btc-mainnet'), DEMO_HEIGHT, [await readBlock()]),
    network: null,
    from: DEMO_HEIGHT,
    pollMs: 0,
    leaseMs: LEASE_MS,
    cacheBytes: CACHE_MIB * 1024 * 1024,
    log,
    signal,
    once: true,
  });
}

async function readBlock(): Promise<Uint8Array> {
  const file = packagePath('assets', `mainnet-${DEMO_HEIGHT}.block`);
  try {
    return await readFile(file);
  } catch (error) {
    throw new BitqlError('BAD_SETTING', `The demo's block is missing (${file}): run "npm run prepare" there.`, error);
  }
}
