import { DatabaseSync } from 'node:sqlite';
import type { RegtestNode } from '../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { BITQL, cleanEnvironment } from '../cli/support.ts';
import { temporaryDatabase } from './temporary-store.ts';

/** The location of an index, for processes and for the test that reads it. */
export interface Home extends AsyncDisposable {
  /** The value of `--store`. */
  readonly location: string;
  open(): Promise<ChainStore>;
}

export function sqliteHome(): Home {
  const sandbox = new Sandbox('live-store');
  return home(`sqlite:${sandbox.folder}/chain.db`, () => sandbox.close());
}

export function mongoHome(server: string): Home {
  const { uri, drop } = temporaryDatabase(server);
  return home(uri, drop);
}

function home(location: string, close: () => Promise<void>): Home {
  const open = () => openStore(parseStoreLocation(location)!, { cacheMiB: 8 });
  return { location, open, [Symbol.asyncDispose]: close };
}

export const LEASE_SECONDS = 3;

export interface IndexerToStart {
  readonly node: RegtestNode;
  readonly home: Home;
  /** Further arguments. */
  readonly args?: readonly string[];
}

/** Runs `bitql index` in its own process. */
export function startIndexer(
  sandbox: Sandbox,
  name: string,
  { node, home, args = [] }: IndexerToStart,
): SandboxProcess {
  const settings = ['--poll', '200', '--lease', String(LEASE_SECONDS), '--cache', '8', '--sqlite-cache', '8'];
  const all = [BITQL, 'index', '--node', node.urlWithPassword, '--store', home.location, ...settings, ...args];
  return sandbox.start(name, process.execPath, all, cleanEnvironment());
}

/** Pauses a process between two transactions. In the middle of one, SQLite would let no other process write until it resumes. */
export async function pause(process: SandboxProcess, { location }: Home): Promise<void> {
  await until('the process to be at a place where it can be paused', () => {
    process.kill('SIGSTOP');
    if (canWrite(location)) return true;
    process.kill('SIGCONT');
    return false;
  });
}

function canWrite(location: string): boolean {
  if (!location.startsWith('sqlite:')) return true;
  const database = new DatabaseSync(location.slice('sqlite:'.length), { timeout: 100 });
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}
