import { readFileSync, statSync } from 'node:fs';
import { TICK_MS } from '../processes.ts';

/** What processes have used. */
export interface Usage {
  readonly processorMs: number;
  /** From the device, and to it or to the system's cache of it, by /proc/PID/io. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export const NO_USAGE: Usage = { processorMs: 0, readBytes: 0, writtenBytes: 0 };

/** How often the children of a process are looked at, in milliseconds: what they used since is lost when they end. */
const SAMPLE_MS = 100;

/**
 * Adds up what some processes and their children use, also children that end meanwhile. It belongs to these processes, whatever else
 * the machine does.
 */
export class UsageWatch implements Disposable {
  readonly #roots: readonly number[];
  readonly #io = new Map<number, readonly [read: number, written: number]>();
  readonly #timer: NodeJS.Timeout;

  constructor(roots: readonly number[]) {
    this.#roots = roots;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS).unref();
  }

  /** Since these processes began. */
  total(): Usage {
    const processorMs = this.#sample();
    let [readBytes, writtenBytes] = [0, 0];
    for (const [read, written] of this.#io.values()) {
      readBytes += read;
      writtenBytes += written;
    }
    return { processorMs, readBytes, writtenBytes };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** @returns the processor time, which parents inherit from children that have ended */
  #sample(): number {
    let ms = 0;
    for (const root of this.#roots) {
      ms += processorMs(root, true);
      for (const child of childrenOf(root)) {
        this.#noteIo(child);
        ms += processorMs(child, false);
      }
      this.#noteIo(root);
    }
    return ms;
  }

  #noteIo(pid: number): void {
    const io = ioOf(pid);
    if (io !== null) this.#io.set(pid, io);
  }
}

export function usageBetween(before: Usage, after: Usage): Usage {
  return {
    processorMs: after.processorMs - before.processorMs,
    readBytes: after.readBytes - before.readBytes,
    writtenBytes: after.writtenBytes - before.writtenBytes,
  };
}

export function sumOf(a: Usage, b: Usage): Usage {
  return {
    processorMs: a.processorMs + b.processorMs,
    readBytes: a.readBytes + b.readBytes,
    writtenBytes: a.writtenBytes + b.writtenBytes,
  };
}

/** That of this process, with all threads. */
export function ownUsage(): Usage {
  const { user, system } = process.cpuUsage();
  const [readBytes, writtenBytes] = ioOf(process.pid) ?? [0, 0];
  return { processorMs: (user + system) / 1_000, readBytes, writtenBytes };
}

/** How many reads and writes the device of a file has finished, for whatever program; zeros if the system does not tell. */
export function deviceOperations(file: string): { readonly reads: number; readonly writes: number } {
  const device = statSync(file).dev;
  // As makedev(3) has it, for the numbers that disks have.
  const name = `${(device >> 8) & 0xfff} ${device & 0xff} `;
  const line = textOf('/proc/diskstats')
    .split('\n')
    .map((one) => one.trim().replaceAll(/\s+/g, ' '))
    .find((one) => one.startsWith(name));
  if (line === undefined) return { reads: 0, writes: 0 };
  const fields = line.split(' ');
  return { reads: Number(fields[3]), writes: Number(fields[7]) };
}

/** As in proc(5): user and system time, then those of its children that have ended, are the 14th to the 17th field. */
function processorMs(pid: number, withEnded: boolean): number {
  const fields = textOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  if (fields.length < 15) return 0;
  const ticks = fields.slice(11, withEnded ? 15 : 13).reduce((sum, field) => sum + Number(field), 0);
  return TICK_MS * ticks;
}

function childrenOf(pid: number): number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Null if it has ended. */
function ioOf(pid: number): [read: number, written: number] | null {
  const text = textOf(`/proc/${pid}/io`);
  const read = /^read_bytes: (\d+)$/m.exec(text)?.[1];
  const written = /^write_bytes: (\d+)$/m.exec(text)?.[1];
  return read === undefined || written === undefined ? null : [Number(read), Number(written)];
}

/** Empty if the file is not there any more. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
