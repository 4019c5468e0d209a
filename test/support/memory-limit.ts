import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files that limit memory, in the first and in the second version of the kernel's control groups. */
const PLACES = [
  { root: '/sys/fs/cgroup/memory', needs: 'memory.limit_in_bytes', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', needs: 'cgroup.controllers', limit: 'memory.max' },
] as const;

/** A control group that limits a process to so much memory, as a container does. The kernel kills it if it takes more. */
export class MemoryLimit implements Disposable {
  /** The file to which a process writes its id to join the group. */
  readonly file: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, 'cgroup.procs');
  }

  /** Null if this machine does not allow it. */
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

  /** Removes the group, once no process is in it. */
  [Symbol.dispose](): void {
    rmdirSync(this.#folder);
  }
}
