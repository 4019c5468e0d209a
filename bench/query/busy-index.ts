import { execFileSync } from 'node:child_process';
import { openStore } from '../../src/store/open.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { BITQL, cleanEnvironment } from '../../test/cli/support.ts';
import { locateServices } from '../../test/services/locate.ts';
import { temporaryDatabase } from '../../test/support/temporary-store.ts';
import type { BusyChain } from './busy-chain.ts';

/** An index of the chain. */
export interface BusyIndex extends AsyncDisposable {
  readonly store: ChainStore;
}

const CACHE_MIB = 64;

/** In a SQLite file, which is kept. An import that was cut off goes on where it was. */
export async function sqliteIndex(chain: BusyChain, file: string): Promise<BusyIndex> {
  const open = () => openStore({ kind: 'sqlite', file }, { cacheMiB: CACHE_MIB });
  const store = await open();
  const tip = await tipOf(store);
  if (tip === chain.landmarks.tipHeight) return { store, [Symbol.asyncDispose]: () => store.close() };
  await store.close();
  index(chain, `sqlite:${file}`);
  const filled = await open();
  return { store: filled, [Symbol.asyncDispose]: () => filled.close() };
}

/** In a MongoDB database, which is dropped in the end. */
export async function mongoIndex(chain: BusyChain): Promise<BusyIndex> {
  const { mongodbUri } = await locateServices();
  if (mongodbUri === undefined) {
    throw new Error('There is no MongoDB API to measure: test/services/services install && test/services/services up');
  }
  const { uri, drop } = temporaryDatabase(mongodbUri);
  try {
    index(chain, uri);
    const store = await openStore({ kind: 'mongodb', uri }, { cacheMiB: CACHE_MIB });
    const close = async () => {
      await store.close();
      await drop();
    };
    return { store, [Symbol.asyncDispose]: close };
  } catch (error) {
    await drop();
    throw error;
  }
}

function index({ folder, network }: BusyChain, location: string): void {
  const args = ['import', folder, '--network', network, '--store', location, '--log-level', 'warn'];
  execFileSync(process.execPath, [BITQL, ...args], { env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'inherit'] });
}

async function tipOf(store: ChainStore): Promise<number | null> {
  const record = await store.readState();
  return record === null ? null : (decodeState(record.value).tip?.height ?? null);
}
