import { readdirSync } from 'node:fs';

/** What a process takes at one moment. */
export interface Sample {
  /** By the steady clock of this process. */
  readonly at: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  /** Beside the heap: buffers. */
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
