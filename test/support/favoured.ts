import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const { PRIORITY_HIGH } = constants.priority;

/**
 * Has a process, which leads a session, go before others of this machine, as if these were elsewhere. Only an administrator may:
 * for anybody else nothing changes.
 */
export function favour(pid: number): void {
  // Where the kernel shares its processors out among sessions, priorities hold within one; this file is the session's own.
  const session = `/proc/${pid}/autogroup`;
  try {
    setPriority(pid, PRIORITY_HIGH);
    if (existsSync(session)) writeFileSync(session, String(PRIORITY_HIGH));
  } catch {
    // What is measured takes longer then.
  }
}
