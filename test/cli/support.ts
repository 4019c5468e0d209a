import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { indexDemoBlock } from '../../cli/run-demo.ts';
import { openStore } from '../../src/store/open.ts';

export const BITQL = fileURLToPath(new URL('../../bin/bitql.js', import.meta.url));

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `bitql` to its end, without the settings of whoever runs the tests. */
export function bitql(args: readonly string[], { env = {}, cwd, input = '' }: RunOptions = {}): Promise<RunResult> {
  return run(process.execPath, [BITQL, ...args], { env, input, ...(cwd === undefined ? {} : { cwd }) });
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { env = {}, cwd, input = '' } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { env: { ...cleanEnvironment(), ...env }, cwd, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      },
    );
    child.stdin?.on('error', () => {}).end(input); // not every program reads it
  });
}

export function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter(([name]) => !/^(BITQL_|npm_|NO_COLOR$|FORCE_COLOR$|NODE_OPTIONS$)/.test(name)),
  );
}

/** A store file with mainnet block 357238 in a folder. */
export async function demoFile(folder: string): Promise<string> {
  const file = join(folder, 'demo.db');
  const store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 8 });
  await indexDemoBlock(store, { info() {}, warn() {} });
  await store.close();
  return file;
}
