import { fstatSync } from 'node:fs';
import { MAX_DATA_BYTES } from '../../dev/data-output.ts';
import { BitqlError } from '../../src/errors.ts';
import { fileFailure } from '../../src/failures/system.ts';
import { UsageError } from '../command.ts';

const STANDARD_INPUT = '-';
/** The descriptor of standard input. */
const STDIN = 0;
const DIGITS_A_BYTE = 2;
/** What stands for bytes of an argument that are no UTF-8. */
const REPLACEMENT = '\u{fffd}';

/**
 * The pushes of the texts of a command line, one for each text; "-" is standard input.
 * @throws UsageError if `isHex` and a text is not hex; BitqlError BAD_SETTING if standard input is longer than one transaction can have
 */
export async function pushesOf(texts: readonly string[], isHex: boolean): Promise<(string | Uint8Array)[]> {
  const mistakes = isHex
    ? texts.filter((text) => text !== STANDARD_INPUT && !isHexText(text)).map(hexMistake)
    : texts.filter((text) => text.includes(REPLACEMENT)).map(bytesMistake);
  if (texts.filter((text) => text === STANDARD_INPUT).length > 1) {
    mistakes.push(`"${STANDARD_INPUT}" may stand only once: standard input is read only once.`);
  }
  if (mistakes.length > 0) throw new UsageError(mistakes, 'dev data');
  return Promise.all(texts.map((text) => (text === STANDARD_INPUT ? fromStandardInput(isHex) : pushOf(text, isHex))));
}

function pushOf(text: string, isHex: boolean): string | Uint8Array {
  return isHex ? Buffer.from(text, 'hex') : text;
}

/** As it is, byte by byte; hex may have blanks and line ends in it, which do not count. */
async function fromStandardInput(isHex: boolean): Promise<Uint8Array> {
  if (!isHex) return standardInput(MAX_DATA_BYTES, (piece) => piece);
  const digits = await standardInput(DIGITS_A_BYTE * MAX_DATA_BYTES, withoutBlanks);
  const text = digits.toString('latin1');
  if (isHexText(text)) return Buffer.from(text, 'hex');
  throw new UsageError(
    ['Standard input is not hexadecimal: with --hex, it is two digits (0-9, a-f) a byte.'],
    'dev data',
  );
}

/**
 * @param kept what is kept of a piece, and counts
 * @throws BAD_SETTING for too much, for nothing, and for a folder, of which Node reads nothing
 */
async function standardInput(most: number, kept: (piece: Buffer) => Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  if (fstatSync(STDIN).isDirectory()) throw unreadable(fileFailure({ code: 'EISDIR' }));
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    const taken = kept(piece);
    size += taken.length;
    if (size > most) {
      const message = `Standard input has more than ${MAX_DATA_BYTES} bytes, which is more than one transaction takes: send it in parts.`;
      throw new BitqlError('BAD_SETTING', message);
    }
    pieces.push(taken);
  }
  // Node reads nothing from an input that is closed, and reports no error.
  if (size === 0) throw unreadable('it is empty or closed');
  return Buffer.concat(pieces);
}

function unreadable(reason: string): BitqlError {
  return new BitqlError(
    'BAD_SETTING',
    `"-" has nothing to send from standard input: ${reason}. Give it a file or a pipe.`,
  );
}

function withoutBlanks(piece: Buffer): Buffer {
  return Buffer.from(piece.toString('latin1').replaceAll(/\s/g, ''), 'latin1');
}

function isHexText(text: string): boolean {
  return /^(?:[0-9a-f]{2})*$/i.test(text);
}

function hexMistake(text: string): string {
  return `"${text}" is not hexadecimal: with --hex, each TEXT is one push, two digits (0-9, a-f) a byte, as in "68656c6c6f".`;
}

function bytesMistake(text: string): string {
  return `"${text}" has bytes that are not UTF-8, or the character U+FFFD, which stands for such bytes: give bytes with --hex, or by standard input with "-".`;
}
