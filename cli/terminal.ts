import { once } from 'node:events';
import { styleText } from 'node:util';
import { redact } from '../src/settings/redact.ts';
import { escapeControls } from './escape-controls.ts';
import type { Line, Styled } from './line.ts';

/**
 * Where a command writes: results on standard output; progress, log lines and errors on standard error. Whatever it is given,
 * nothing but what stands there is shown.
 */
export class Terminal {
  readonly #out: NodeJS.WriteStream;
  readonly #err: NodeJS.WriteStream;
  readonly #unread = new AbortController();
  #status = '';

  constructor(out: NodeJS.WriteStream, err: NodeJS.WriteStream) {
    this.#out = out;
    this.#err = err;
    for (const stream of [out, err]) stream.on('error', ignoreClosedPipe);
    out.on('error', () => this.#unread.abort());
  }

  /** Aborted when nobody reads standard output any more. */
  get unread(): AbortSignal {
    return this.#unread.signal;
  }

  /** Whether a line of progress can be rewritten in place. */
  get isInteractive(): boolean {
    return this.#err.isTTY === true;
  }

  /** Lines of the result, on standard output. */
  print(...lines: readonly Line[]): void {
    this.#around(() => this.#out.write(shown(lines, this.#out)));
  }

  /** Resolves when standard output takes more, or at the signal: whoever reads it may be slow. */
  async taken(signal: AbortSignal): Promise<void> {
    if (this.#out.writableNeedDrain) await once(this.#out, 'drain', { signal }).catch(() => {});
  }

  /** Lines for the reader, on standard error. Secrets in URLs are left out. */
  note(...lines: readonly Line[]): void {
    this.#around(() => this.#err.write(shown(lines, this.#err, redact)));
  }

  /** The line at the bottom that changes in place; empty to take it away. Only where `isInteractive`. */
  status(text: string): void {
    this.#clear();
    this.#status = escapeControls(text).slice(0, Math.max(20, (this.#err.columns ?? 80) - 1));
    this.#err.write(this.#status);
  }

  /** Writes above the status line. */
  #around(write: () => void): void {
    const status = this.#status;
    this.#clear();
    write();
    if (status !== '') this.status(status);
  }

  #clear(): void {
    if (this.#status === '') return;
    this.#err.write('\r\x1b[K');
    this.#status = '';
  }
}

/** @param censor leaves out what must not be shown */
function shown(lines: readonly Line[], stream: NodeJS.WriteStream, censor = (text: string) => text): string {
  const plain = (text: string) => escapeControls(censor(text));
  const part = (one: string | Styled) =>
    typeof one === 'string' ? plain(one) : styleText(one.style, plain(one.text), { stream });
  return lines.map((line) => `${typeof line === 'string' ? plain(line) : line.map(part).join('')}\n`).join('');
}

/** Whoever read the output, such as `head`, may have seen enough. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
