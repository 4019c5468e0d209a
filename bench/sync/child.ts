import { inOwnProcess } from '../own-process.ts';
import type { RunOptions, RunResult } from './run.ts';

const RUN = new URL('./run.ts', import.meta.url);

/** A measurement in a process of its own. */
export function run(options: RunOptions): Promise<RunResult> {
  return inOwnProcess(RUN, options);
}
