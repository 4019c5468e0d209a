import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, bitql, cleanEnvironment, type RunResult } from '../cli/support.ts';
import { ask } from '../support/graphql.ts';

/** `bitql dev` in its own process and temporary folder, and its actions in further processes. */
export class DevProcess implements AsyncDisposable {
  readonly port: number;
  readonly process: SandboxProcess;
  readonly #sandbox = new Sandbox('test-dev');
  readonly #env: Readonly<Record<string, string>>;
  /** The URL of the gateway, without a path. */
  url = '';

  private constructor(bitcoind: string, port: number, args: readonly string[]) {
    this.port = port;
    mkdirSync(this.temporary);
    this.#env = { TMPDIR: this.temporary, BITCOIND: bitcoind };
    const all = [BITQL, 'dev', '--port', String(port), ...args];
    this.process = this.#sandbox.start('dev', process.execPath, all, { ...cleanEnvironment(), ...this.#env });
  }

  static async start(bitcoind: string, port: number, args: readonly string[] = []): Promise<DevProcess> {
    const dev = new DevProcess(bitcoind, port, args);
    dev.url = await until('bitql dev', () => {
      if (dev.process.result !== undefined) throw new Error(dev.process.output());
      return dev.process.output().match(/(http:\S+)\/graphiql/)?.[1];
    });
    return dev;
  }

  /** The folder of everything that it may leave. */
  get temporary(): string {
    return join(this.#sandbox.folder, 'tmp');
  }

  /** Runs an action to its end. */
  run(...args: readonly string[]): Promise<RunResult> {
    return this.give('', ...args);
  }

  /** The same with a standard input. */
  give(input: string | Uint8Array, action = '', ...args: readonly string[]): Promise<RunResult> {
    return bitql(['dev', action, '--port', String(this.port), ...args], { env: this.#env, input });
  }

  /** The result of an action, as JSON. */
  async act<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  ask<T>(query: string): Promise<T> {
    return ask(this.url, query);
  }

  /** Its files, and the processes that use them. */
  leftovers(): string[] {
    return [...readdirSync(this.temporary), ...processesOf(this.temporary)];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sandbox.close();
  }
}

/** The command lines that name a folder. */
export function processesOf(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has ended meanwhile
  }
}
