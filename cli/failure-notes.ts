import { errorCode } from '../src/errors.ts';
import { fileFailure } from '../src/failures/system.ts';
import { programName, programNote, type UsageError } from './command.ts';
import { styled, type Terminal } from './terminal.ts';

export function noteMistakes({ mistakes, command }: UsageError, terminal: Terminal): void {
  for (const mistake of mistakes) terminal.note([styled('red', 'error'), ` ${mistake}`]);
  terminal.note(`See ${programName()} ${command === undefined ? '' : `${command} `}--help.`);
}

/** Prints one message with its code. The stack follows if it is asked for, or if the error has no code. */
export function noteFailure(error: unknown, withStack: boolean, terminal: Terminal): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  const code = errorCode(error);
  const message = code === undefined ? unforeseen(failure) : `${failure.message} (${code})`;
  terminal.status('');
  terminal.note([styled('red', 'error'), ` ${message}`]);
  const note = programNote(message);
  if (note !== null) terminal.note(note);
  if (withStack || code === undefined) terminal.noteAll(fullStack(failure));
}

/** The first error, if closing failed as well. */
export function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

/** The message for an error without a code. A user can act on a file's error; other errors are bugs of BitQL. */
function unforeseen(failure: NodeJS.ErrnoException): string {
  const { path, message } = failure;
  if (path !== undefined) return `${path} cannot be used: ${fileFailure(failure)}.`;
  return `An unexpected error occurred (${message}). Please report it together with the following lines.`;
}

/** The lines of the stack of an error and of its causes. A message is one line, even if it has line breaks. */
export function fullStack(error: Error): string[] {
  const lines = stackLines(String(error.stack));
  if (!(error.cause instanceof Error)) return lines;
  const [head, ...rest] = fullStack(error.cause);
  return [...lines, `caused by ${head}`, ...rest];
}

/** The message of a stack, which may have line breaks, then a line for each place. */
function stackLines(stack: string): string[] {
  const places = /(?:\n {4}at .*)*$/.exec(stack)![0];
  return [stack.slice(0, stack.length - places.length), ...places.split('\n').slice(1)];
}
