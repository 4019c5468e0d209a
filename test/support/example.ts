import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../../dev/until.ts';
import { packagePath } from '../../src/package-root.ts';

/** A program of `docs/examples` that runs in its own process. */
export class Example implements AsyncDisposable {
  readonly lines: string[] = [];
  /** Its exit code when it has ended; null if it was killed. */
  readonly ended: Promise<number | null>;
  /** Its standard error. */
  trouble = '';
  readonly #process: ChildProcess;
  #linesRead = 0;

  /** @param file in `docs/examples`, or the path of one that was made of such a program @param cwd the folder of its files [that of the tests] */
  constructor(file: string, args: readonly string[], cwd?: string) {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const child = spawn(process.execPath, [resolve(packagePath('docs', 'examples'), file), ...args], {
      cwd,
      stdio: [...stdio],
    });
    createInterface(child.stdout).on('line', (line) => this.lines.push(line));
    child.stderr.on('data', (text: Buffer) => {
      this.trouble += text;
    });
    this.ended = once(child, 'close').then(([code]) => code);
    this.#process = child;
  }

  /**
   * Resolves when it has printed a line after those that were waited for before. Its reports of events may come before or after it.
   * @throws Error with all that it printed, if it ends without that line, or after 30 seconds
   */
  async nextLine(line: string): Promise<void> {
    const isThere = () => this.lines.includes(line, this.#linesRead);
    const end = this.ended.then((code) => {
      if (!isThere()) throw new Error(`the program ended with code ${code} before ${line}`);
    });
    await Promise.race([until(line, isThere), end]).catch((error: Error) => {
      const [lines, trouble] = [JSON.stringify(this.lines), JSON.stringify(this.trouble)];
      throw new Error(`${error.message}: it printed ${lines}, and on standard error ${trouble}`);
    });
    this.#linesRead = this.lines.indexOf(line, this.#linesRead) + 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}
