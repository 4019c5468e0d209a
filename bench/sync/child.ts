import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RunOptions, RunResult } from './run.ts';

const RUN = fileURLToPath(new URL('./run.ts', import.meta.url));
const MAX_OUTPUT = 64 * 1024 * 1024;

/** A measurement in a process of its own. */
export async function run(options: RunOptions): Promise<RunResult> {
  // As in bin/bitql.js.
  const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };
  const args = ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning', RUN, JSON.stringify(options)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: MAX_OUTPUT, env });
  if (stderr !== '') console.error(stderr.trim());
  return JSON.parse(stdout);
}
