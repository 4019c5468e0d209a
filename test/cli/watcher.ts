import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { until } from '../../dev/until.ts';
import { BITQL, cleanEnvironment } from './support.ts';

/** `bitql watch` in its own process. */
export class Watcher {
  /** Resolves to the exit code when all output has arrived. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [BITQL, 'watch', ...args], {
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  get lines(): string[] {
    return this.#stdout.split('\n').slice(0, -1);
  }

  get stderr(): string {
    return this.#stderr;
  }

  async untilLines(count: number): Promise<string[]> {
    await until(`${count} lines of ${this.lines.length} (${this.#stderr})`, () => this.lines.length >= count);
    return this.lines;
  }

  async untilNoted(pattern: RegExp): Promise<void> {
    await until(`${pattern} in what was noted`, () => pattern.test(this.#stderr));
  }

  /** Ctrl-C. */
  interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.ended;
  }

  /** Kills it, if it has not ended. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
