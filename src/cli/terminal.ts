import { once } from 'node:events';
import { styleText } from 'node:util';
import { redact } from '../settings/redact.ts';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes: results on standard output; progress, log lines and errors on standard error. */
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

  /** A part of the result, on standard output. */
  print(text: string): void {
    this.#around(() => this.#out.write(`${text}\n`));
  }

  /** Resolves when standard output takes more, or at the signal: whoever reads it may be slow. */
  async taken(signal: AbortSignal): Promise<void> {
    if (this.#out.writableNeedDrain) await once(this.#out, 'drain', { signal }).catch(() => {});
  }

  /** A line for the reader, on standard error. Secrets in URLs are left out. */
  note(text: string): void {
    this.#around(() => this.#err.write(`${redact(text)}\n`));
  }

  /** The line at the bottom that changes in place; empty to take it away. Only where `isInteractive`. */
  status(text: string): void {
    this.#clear();
    this.#status = text.slice(0, Math.max(20, (this.#err.columns ?? 80) - 1));
    this.#err.write(this.#status);
  }

  /** The text in a style for standard output, where that is a terminal and NO_COLOR is not set. */
  styled(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }

  /** The same for standard error. */
  styledNote(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#err });
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

/** Whoever read the output, such as `head`, may have seen enough. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
