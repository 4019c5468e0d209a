import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../src/temporary-folder.ts';

/**
 * The guard outlives its owner. Its standard input ends when the sandbox is closed or its owner dies, even by SIGKILL. Then
 * it removes the files and kills the processes that the sandbox lists, unmounts file systems in the folder and removes it.
 * It has its own session, so Ctrl-C does not reach it.
 */
const GUARD = `
trap '' HUP INT TERM
cat >/dev/null
while read -r file; do rm -f "$file"; done <"$1/files"
while read -r pid; do kill -KILL "$pid"; done <"$1/pids"
awk -v folder="$1/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | xargs -r umount -l
for attempt in 1 2 3 4 5; do rm -rf "$1" && exit; sleep 0.2; done`;

/** A program that runs in a sandbox. */
export interface SandboxProcess {
  /** Undefined if there is no such program. */
  readonly pid: number | undefined;
  /** Resolves when the program has ended: to its exit code (127: there is no such program), or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Undefined while it runs. */
  readonly result: number | NodeJS.Signals | undefined;
  kill(signal?: NodeJS.Signals): void;
  /** The last lines that it printed. */
  output(): string;
}

/** Read and written by its owner alone. */
const PRIVATE = { mode: 0o600 };

/** A temporary folder and the programs that run in it. Both go away with `close`, and when this process dies. */
export class Sandbox implements AsyncDisposable {
  readonly folder: string;
  readonly #guard: ChildProcess;
  readonly #running = new Set<SandboxProcess>();

  constructor(name: string) {
    this.folder = temporaryFolder(`bitql-${name}`);
    for (const list of ['pids', 'files']) writeFileSync(join(this.folder, list), '', PRIVATE);
    this.#guard = spawn('sh', ['-c', GUARD, 'sh', this.folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.unref();
    (this.#guard.stdin as unknown as { unref(): void }).unref();
  }

  /** Starts a program that Ctrl-C does not reach. Its output goes to NAME.log in the folder. */
  start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): SandboxProcess {
    const log = join(this.folder, `${name}.log`);
    const output = openSync(log, 'a', PRIVATE.mode);
    const child = spawn(command, args, { env, cwd: this.folder, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    const process = new SpawnedProcess(child, log);
    this.#running.add(process);
    this.#writePids();
    process.ended.then(() => {
      this.#running.delete(process);
      this.#writePids();
    });
    return process;
  }

  /** Removes a file elsewhere together with the folder. */
  removeWithIt(file: string): void {
    appendFileSync(join(this.folder, 'files'), `${file}\n`);
  }

  async close(): Promise<void> {
    const running = [...this.#running];
    for (const process of running) process.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
    if (this.#guard.exitCode !== null || this.#guard.signalCode !== null) return;
    this.#guard.ref();
    const gone = new Promise((resolve) => this.#guard.once('exit', resolve));
    this.#guard.stdin?.end();
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #writePids(): void {
    if (this.#guard.exitCode !== null) return; // closed: the folder is gone
    const pids = [...this.#running].flatMap(({ pid }) => (pid === undefined ? [] : [`${pid}\n`]));
    writeFileSync(join(this.folder, 'pids'), pids.join(''), PRIVATE);
  }
}

class SpawnedProcess implements SandboxProcess {
  readonly ended: Promise<number | NodeJS.Signals>;
  result: number | NodeJS.Signals | undefined;
  readonly #child: ChildProcess;
  readonly #log: string;

  constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
    this.ended = new Promise((resolve) => {
      const end = (result: number | NodeJS.Signals) => {
        this.result = result;
        resolve(result);
      };
      child.once('exit', (code, signal) => end(code ?? signal!));
      child.once('error', (error) => {
        appendFileSync(log, `${error.message}\n`);
        end(127);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  output(): string {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
  }
}

/** The output of a program on one line, for a message. */
export function oneLine(output: string): string {
  return output
    .trim()
    .split(/\s*\n\s*/)
    .join(' | ');
}
