import { readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The resources of a process at one moment. */
export interface Sample {
  /** By the steady clock of this process. */
  readonly at: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  /** Buffers outside the heap. */
  readonly externalMiB: number;
  readonly handles: number;
  readonly openFiles: number;
}

export const MIB = 1024 * 1024;

/** @param url of the process's metrics */
export async function sample(url: string, pid: number): Promise<Sample> {
  const text = await (await fetch(url)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    at: performance.now(),
    residentMiB: value('process_resident_memory_bytes') / MIB,
    heapMiB: value('nodejs_heap_size_used_bytes') / MIB,
    externalMiB: value('nodejs_external_memory_bytes') / MIB,
    handles: value('nodejs_active_handles_total'),
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** The tables of transactions that are not in a block, and of events: rows are added all the time, and must be removed again. */
const PASSING = ['pending', 'pendingPostings', 'departedPostings', 'removedPostings', 'departures', 'events'] as const;

export type PassingRows = Readonly<Record<(typeof PASSING)[number], number>>;

/** @param file of the index */
export function passingRows(file: string): PassingRows {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n);
    return Object.fromEntries(PASSING.map((table) => [table, count(table)])) as PassingRows;
  } finally {
    database.close();
  }
}
