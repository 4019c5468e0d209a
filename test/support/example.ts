import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packagePath } from '../../src/package-root.ts';

/** A program of `docs/examples` that runs in its own process. */
export class Example implements AsyncDisposable {
  readonly lines: string[] = [];
  /** Its exit code when it has ended; null if it was killed. */
  readonly ended: Promise<number | null>;
  /** Its standard error. */
  trouble = '';
  readonly #process: ChildProcess;

  /** @param cwd the folder of its files [that of the tests] */
  constructor(file: string, args: readonly string[], cwd?: string) {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const child = spawn(process.execPath, [packagePath('docs', 'examples', file), ...args], { cwd, stdio: [...stdio] });
    createInterface(child.stdout).on('line', (line) => this.lines.push(line));
    child.stderr.on('data', (text: Buffer) => {
      this.trouble += text;
    });
    this.ended = once(child, 'close').then(([code]) => code);
    this.#process = child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}
