import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAX_OUTPUT = 64 * 1024 * 1024;

/** Runs a measurement in a process of its own, with the settings of an indexer: a module that takes its options as JSON, and prints its result so. */
export async function inOwnProcess<T>(module: URL, options: object): Promise<T> {
  // As in bin/bitql.js.
  const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };
  const flags = ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, fileURLToPath(module), JSON.stringify(options)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: MAX_OUTPUT, env });
  if (stderr !== '') console.error(stderr.trim());
  return JSON.parse(stdout);
}
