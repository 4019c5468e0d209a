import { hostname } from 'node:os';

/** How this process signs its lease: host and process id. */
export function thisHolder(): string {
  return `${hostname()}:${process.pid}`;
}

/** Whether a lease was left by a process of this machine that no longer runs, as after a crash. */
export function isGoneFromHere(holder: string): boolean {
  const [host, pid] = holder.split(':');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
