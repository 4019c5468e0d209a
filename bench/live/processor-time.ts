import { readFileSync } from 'node:fs';
import type { SandboxProcess } from '../../dev/sandbox.ts';

const TICK_MS = 10;

/**
 * The time that a process has had of the processors, in milliseconds. As proc(5) has it: user and system time are the 14th and 15th field, in ticks; the second is a name in parentheses.
 */
export function processorMsOf({ pid }: SandboxProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}
