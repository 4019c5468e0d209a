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

/** Runs `bitql` to its end, without the settings of the user who runs the tests. */
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

/**
 * A text of a stranger: escapes of 7 and 8 bit, a line that looks like one of a log, changes of direction, line breaks, and
 * characters of no width, also beyond 16 bits.
 */
export const HOSTILE_TEXT =
  '\x1b]0;pwn\x07\r\nFAKE LOG LINE \x7f\x80\x9b2J\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\u200b\ufeff\u{e0041}';

/** The same text as it must be shown. */
export const SHOWN_TEXT = String.raw`\u001b]0;pwn\u0007\u000d\u000aFAKE LOG LINE \u007f\u0080\u009b2J\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\u200b\ufeff\udb40\udc41`;

/** The characters that no line of output may contain. */
export const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
