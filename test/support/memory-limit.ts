import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the kernel lets memory be limited, in the first and in the second version of its control groups. */
const PLACES = [
  { root: '/sys/fs/cgroup/memory', needs: 'memory.limit_in_bytes', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', needs: 'cgroup.controllers', limit: 'memory.max' },
] as const;

/** A control group that gives a process so much memory, as a container does, and has the kernel end it where it takes more. */
export class MemoryLimit implements Disposable {
  /** Where a process writes its id to be in it. */
  readonly file: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, 'cgroup.procs');
  }

  /** Null where this machine does not let us. */
  static of(mib: number): MemoryLimit | null {
    const place = PLACES.find(({ root, needs }) => existsSync(join(root, needs)));
    if (place === undefined) return null;
    const folder = join(place.root, `bitql-${process.pid}-${mib}`);
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, place.limit), String(mib * 1024 * 1024));
      return new MemoryLimit(folder);
    } catch {
      return null;
    }
  }

  /** Once no process is in it. */
  [Symbol.dispose](): void {
    rmdirSync(this.#folder);
  }
}
