import { once } from 'node:events';
import { styleText } from 'node:util';
import { redact } from '../src/settings/redact.ts';

/**
 * Where a command writes: results to standard output; progress, log lines and errors to standard error. All texts are
 * escaped, so that they cannot control the terminal.
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
    this.printAll(lines);
  }

  /** The same for any number of lines: a call takes about 100,000 arguments at most. */
  printAll(lines: readonly Line[]): void {
    this.#around(() => this.#out.write(shown(lines, this.#out)));
  }

  /** Resolves when standard output accepts more, or at the signal. Its reader may be slow. */
  async taken(signal: AbortSignal): Promise<void> {
    if (this.#out.writableNeedDrain) await once(this.#out, 'drain', { signal }).catch(() => {});
  }

  /** Lines for the user, on standard error, without the secrets in URLs. */
  note(...lines: readonly Line[]): void {
    this.noteAll(lines);
  }

  /** The same for any number of lines. */
  noteAll(lines: readonly Line[]): void {
    this.#around(() => this.#err.write(shown(lines, this.#err, redact)));
  }

  /** Sets the line at the bottom, which changes in place; an empty text removes it. Only if `isInteractive`. */
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

/** @param censor removes secrets */
function shown(lines: readonly Line[], stream: NodeJS.WriteStream, censor = (text: string) => text): string {
  const plain = (text: string) => escapeControls(censor(text));
  const part = (one: string | Styled) =>
    typeof one === 'string' ? plain(one) : styleText(one.style, plain(one.text), { stream });
  return lines.map((line) => `${typeof line === 'string' ? plain(line) : line.map(part).join('')}\n`).join('');
}

/** The reader of the output, such as `head`, may have ended. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

type Style = Parameters<typeof styleText>[0];

/** A part of a line, with a style for terminals that can show it. */
export interface Styled {
  readonly style: Style;
  readonly text: string;
}

/**
 * A line for a terminal, or its parts. It may contain texts of strangers unchanged: `Terminal` escapes control characters,
 * line breaks included.
 */
export type Line = string | readonly (string | Styled)[];

export function styled(style: Style, text: string): Styled {
  return { style, text };
}

/** The lines of one of our texts, or of indented JSON, whose strings have no line breaks. */
export function linesOf(text: string): string[] {
  return text.split('\n');
}

/**
 * Characters that a terminal obeys instead of showing, and characters that cannot be seen: control characters, line breaks,
 * changes of direction, characters of no width. Variation selectors of emoji stay.
 */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The text with each character that a terminal would obey escaped as in JSON (\u001b), so that texts of strangers, nodes and
 * databases are only shown. The result is one line; a line of JSON stays the same JSON. Everything that is written to a
 * terminal or a log is escaped here.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSHOWN, (character) => character.split('').map(escaped).join(''));
}

/** @param unit a UTF-16 code unit, as JSON escapes it */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
