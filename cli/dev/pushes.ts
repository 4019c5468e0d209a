import { MAX_DATA_BYTES } from '../../dev/data-output.ts';
import { BitqlError } from '../../src/errors.ts';
import { UsageError } from '../usage-error.ts';

const STANDARD_INPUT = '-';
/** Digits a byte, and as many blanks and line ends between them. */
const HEX_FACTOR = 4;

/**
 * What is pushed by the texts of a command line, each one push; "-" stands for standard input.
 * @throws UsageError for what is no hex where hex is said; BitqlError BAD_SETTING for more on standard input than can be sent
 */
export async function pushesOf(texts: readonly string[], isHex: boolean): Promise<(string | Uint8Array)[]> {
  const mistakes = isHex ? texts.filter((text) => text !== STANDARD_INPUT && !isHexText(text)).map(noHex) : [];
  if (texts.filter((text) => text === STANDARD_INPUT).length > 1) {
    mistakes.push(`"${STANDARD_INPUT}" may stand only once: standard input is read only once.`);
  }
  if (mistakes.length > 0) throw new UsageError(mistakes, 'dev data');
  return Promise.all(texts.map((text) => (text === STANDARD_INPUT ? fromStandardInput(isHex) : pushOf(text, isHex))));
}

function pushOf(text: string, isHex: boolean): string | Uint8Array {
  return isHex ? Buffer.from(text, 'hex') : text;
}

/** As it is, byte by byte; hex may have blanks and line ends in it. */
async function fromStandardInput(isHex: boolean): Promise<Uint8Array> {
  const bytes = await standardInput(isHex ? HEX_FACTOR * MAX_DATA_BYTES : MAX_DATA_BYTES);
  if (!isHex) return bytes;
  const text = bytes.toString('latin1').replaceAll(/\s/g, '');
  if (isHexText(text)) return Buffer.from(text, 'hex');
  throw new UsageError(
    ['Standard input is not hexadecimal: with --hex, it is two digits (0-9, a-f) a byte.'],
    'dev data',
  );
}

async function standardInput(maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) {
      const message = `Standard input has more than ${maxBytes} bytes, which is more than one transaction takes: send it in parts.`;
      throw new BitqlError('BAD_SETTING', message);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function isHexText(text: string): boolean {
  return /^(?:[0-9a-f]{2})*$/i.test(text);
}

function noHex(text: string): string {
  return `"${text}" is not hexadecimal: with --hex, each TEXT is one push, two digits (0-9, a-f) a byte, as in "68656c6c6f".`;
}
