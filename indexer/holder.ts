import { hostname } from 'node:os';

/** The holder's name in this process's lease: host and process id. */
export function thisHolder(): string {
  return `${hostname()}:${process.pid}`;
}

/** Whether a lease belongs to a process of this machine that no longer runs, for example after a crash. */
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
