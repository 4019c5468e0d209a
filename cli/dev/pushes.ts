import { MAX_DATA_BYTES } from '../../dev/data-output.ts';
import { BitqlError } from '../../src/errors.ts';
import { UsageError } from '../command.ts';

const STANDARD_INPUT = '-';
/** Two digits for each byte, and as many blanks and line ends between them. */
const HEX_FACTOR = 4;

/**
 * The pushes of the texts of a command line, one for each text; "-" is standard input.
 * @throws UsageError if `isHex` and a text is not hex; BitqlError BAD_SETTING if standard input is longer than one transaction can have
 */
export async function pushesOf(texts: readonly string[], isHex: boolean): Promise<(string | Uint8Array)[]> {
  const mistakes = isHex ? texts.filter((text) => text !== STANDARD_INPUT && !isHexText(text)).map(hexMistake) : [];
  if (texts.filter((text) => text === STANDARD_INPUT).length > 1) {
    mistakes.push(`"${STANDARD_INPUT}" may stand only once: standard input is read only once.`);
  }
  if (mistakes.length > 0) throw new UsageError(mistakes, 'dev data');
  return Promise.all(texts.map((text) => (text === STANDARD_INPUT ? fromStandardInput(isHex) : pushOf(text, isHex))));
}

function pushOf(text: string, isHex: boolean): string | Uint8Array {
  return isHex ? Buffer.from(text, 'hex') : text;
}

/** Standard input, byte by byte. Hex may contain blanks and line ends. */
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

function hexMistake(text: string): string {
  return `"${text}" is not hexadecimal: with --hex, each TEXT is one push, two digits (0-9, a-f) a byte, as in "68656c6c6f".`;
}
