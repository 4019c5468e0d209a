import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import type { Sandbox } from '../../dev/sandbox.ts';

/** A disk of few MiB in a sandbox, which removes it when it closes. */
export class SmallDisk {
  readonly folder: string;

  constructor(sandbox: Sandbox, name: string, mib: number) {
    this.folder = join(sandbox.folder, name);
    mkdirSync(this.folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', this.folder]);
  }

  resize(mib: number): void {
    execFileSync('mount', ['-o', `remount,size=${mib}m`, this.folder]);
  }

  /** Fills the free space. */
  fill(): void {
    const file = openSync(this.#ballast, 'w');
    try {
      const piece = new Uint8Array(4096);
      for (;;) writeSync(file, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Frees that space again. */
  free(): void {
    rmSync(this.#ballast);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}

/** A suite that mounts disks. If that is not permitted, it is skipped; with BITQL_REQUIRE_SERVICES=1 it fails. */
export function describeWithDisks(title: string, suite: () => void): void {
  if (canMount() || process.env.BITQL_REQUIRE_SERVICES === '1') {
    describe(title, suite);
    return;
  }
  console.warn(`Skipped "${title}", which needs Linux and root, to mount a small disk`);
  describe.skip(title, suite);
}

/** Tries to mount in a namespace that ends at once. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
