import { readFileSync } from 'node:fs';

/** Descriptors for the store, the node, files and other servers of the process, whoever connects. */
const RESERVED = 256;
/** What is reserved at least, and at most, of all. */
const LEAST_SHARE = 0.2;
const MOST_SHARE = 0.5;

/** What this process may have open; null where nobody says, or there is no limit. */
export interface OpenFiles {
  readonly files: number;
  /** Those of them that connections may be. */
  readonly connections: number;
}

/** The limit of open files (`ulimit -n`) of this process, on Linux. */
export function openFiles(): OpenFiles | null {
  try {
    return parseLimits(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return null;
  }
}

/** @param text that of /proc/PID/limits */
export function parseLimits(text: string): OpenFiles | null {
  const files = Number(/^Max open files +(\d+)/m.exec(text)?.[1]);
  if (Number.isNaN(files)) return null;
  const reserved = Math.min(Math.max(RESERVED, files * LEAST_SHARE), files * MOST_SHARE);
  return { files, connections: Math.floor(files - reserved) };
}
