import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkId } from '../../src/chain/networks.ts';

/** The counts of a chain. */
export interface ChainTotals {
  readonly blocks: number;
  /** With coinbases. */
  readonly transactions: number;
  /** Without those of coinbases: how many outputs are spent. */
  readonly inputs: number;
  readonly outputs: number;
  /** Bytes of the blocks, without their framing in the files. */
  readonly bytes: number;
}

/** A chain as block files. */
export interface ChainFiles extends ChainTotals {
  /** Holds blk00000.dat and so on, xor.dat, and summary.json with the other fields of this. */
  readonly folder: string;
  readonly network: NetworkId;
}

/** To be raised whenever the same parameters make another chain. */
const FORMAT = 2;
const SUMMARY = 'summary.json';
const PARTIAL = '.partial-';

/**
 * The chain of that name, created if it does not exist. It gets its name when it is complete, so a killed run
 * leaves nothing that could be mistaken for a chain.
 * @param cache the folder that chains are kept in; null for that of BITQL_BENCH_CACHE, or a temporary one
 * @param make writes the block files into an empty folder; what it returns is kept as JSON
 */
export function cachedChain<T extends ChainTotals>(
  name: string,
  cache: string | null,
  network: NetworkId,
  make: (folder: string) => T,
): ChainFiles & T {
  const kept = cache ?? process.env.BITQL_BENCH_CACHE ?? join(tmpdir(), 'bitql-bench');
  const folder = join(kept, `${name}-v${FORMAT}`);
  if (!existsSync(folder)) {
    mkdirSync(kept, { recursive: true });
    removeRemains(folder, kept);
    makeFolder(folder, network, make);
  }
  return { ...JSON.parse(readFileSync(join(folder, SUMMARY), 'utf8')), folder };
}

function makeFolder(folder: string, network: NetworkId, make: (folder: string) => ChainTotals): void {
  const partial = `${folder}${PARTIAL}${process.pid}`;
  mkdirSync(partial);
  try {
    const totals = make(partial);
    writeFileSync(join(partial, SUMMARY), `${JSON.stringify({ network, ...totals })}\n`);
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true });
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

/** Removes the files of killed processes. */
function removeRemains(folder: string, kept: string): void {
  for (const name of readdirSync(kept)) {
    const path = join(kept, name);
    if (!path.startsWith(`${folder}${PARTIAL}`)) continue;
    const pid = Number(path.slice(`${folder}${PARTIAL}`.length));
    // In a container, a killed process may have had the same id.
    if (pid === process.pid || !isRunning(pid)) rmSync(path, { recursive: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
