import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { HonestCrowd, HonestReport } from './honest-process.ts';

const PROCESS = fileURLToPath(new URL('./honest-process.ts', import.meta.url));

/** Honest clients in their own process, so that the work of the attackers in this process does not delay their clocks. */
export class HonestClients {
  readonly #process: ChildProcess;

  constructor(crowd: HonestCrowd) {
    this.#process = fork(PROCESS, { detached: true });
    favour(this.#process.pid!);
    this.#process.send(crowd);
  }

  async close(): Promise<HonestReport> {
    const reported = once(this.#process, 'message');
    this.#process.send('close');
    const [report] = await reported;
    await once(this.#process, 'exit');
    return report as HonestReport;
  }
}

const { PRIORITY_HIGH } = constants.priority;

/**
 * Gives a process that leads a session priority over others of this machine, as if these ran elsewhere. Only an administrator
 * can do that; for other users nothing changes.
 */
export function favour(pid: number): void {
  // If the kernel divides the processors among sessions, a priority holds only within a session; this file sets the session's.
  const session = `/proc/${pid}/autogroup`;
  try {
    setPriority(pid, PRIORITY_HIGH);
    if (existsSync(session)) writeFileSync(session, String(PRIORITY_HIGH));
  } catch {
    // Measured times are longer then.
  }
}
