import { isUtf8 } from 'node:buffer';
import { equalBytes } from '../chain/bytes.ts';
import { isData } from '../chain/data.ts';
import { dataStart, elementAt, type ScriptElement, someElement } from '../chain/script.ts';
import type { BytesTest, PushCondition, PushTest, Range } from './filter.ts';
import { containsBytes } from './find-bytes.ts';

/**
 * Whether the elements of a script from an offset on satisfy all conditions. Creates only elements that may match: a script may
 * have as many elements as bytes.
 */
export function pushesMatch(conditions: readonly PushCondition[], script: Uint8Array, start: number): boolean {
  return conditions.every(({ index, tests }) =>
    someElement(script, start, (at, end, i) => {
      if (index !== null && i !== index) return false;
      return tests.length === 0 || (mayPass(script, at, end, tests) && passes(tests, elementAt(script, at, end)));
    }),
  );
}

/** Whether pieces of data, which have no opcodes, satisfy all conditions. */
export function piecesMatch(
  conditions: readonly PushCondition[],
  pieces: readonly { readonly index: number; readonly data: Uint8Array }[],
): boolean {
  return conditions.every(({ index, tests }) =>
    pieces.some((piece) => (index === null || piece.index === index) && piecePasses(tests, piece.data)),
  );
}

/** Whether bytes pass a test of how they begin, or of what they equal. */
export function bytesMatch(test: BytesTest, bytes: Uint8Array): boolean {
  return test.kind === 'equals' ? test.values.has(bytes) : startsWith(bytes, test.bytes);
}

export function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && equalBytes(bytes.subarray(0, start.length), start);
}

export function isInRange<T extends number | bigint>({ gte, gt, lte, lt }: Range<T>, value: T): boolean {
  return (
    (gte === undefined || value >= gte) &&
    (gt === undefined || value > gt) &&
    (lte === undefined || value <= lte) &&
    (lt === undefined || value < lt)
  );
}

/** Whether an element may pass, so that it is worth creating: most have another length, or begin with another byte. */
function mayPass(script: Uint8Array, at: number, end: number, tests: readonly PushTest[]): boolean {
  // A rest is compared from its opcode on.
  if (end > script.length) return true;
  const from = dataStart(script, at);
  const length = end - from;
  return tests.every((test) => {
    if (test.kind === 'opcode') return script[at] === test.opcode;
    // Opcodes of small numbers have no data bytes, but push one.
    if (length === 0) return true;
    if (test.kind === 'equals') return test.values.hasLength(length);
    if (test.kind === 'size') return isInRange(test.range, length);
    if (test.kind === 'number') return length <= MAX_NUMBER_LENGTH;
    // Characters may have other lengths in the other case.
    if (test.kind === 'text' && test.ignoreCase) return true;
    const { bytes } = test;
    return length >= bytes.length && (test.kind !== 'startsWith' || bytes.length === 0 || script[from] === bytes[0]);
  });
}

function passes(tests: readonly PushTest[], element: ScriptElement): boolean {
  const { opcode, data, rest } = element;
  const hasData = isData(element);
  return tests.every((test) =>
    test.kind === 'opcode' ? !rest && test.opcode === opcode : hasData && dataPasses(test, data),
  );
}

function piecePasses(tests: readonly PushTest[], data: Uint8Array): boolean {
  return tests.every((test) => test.kind !== 'opcode' && dataPasses(test, data));
}

function dataPasses(test: Exclude<PushTest, { kind: 'opcode' }>, data: Uint8Array): boolean {
  switch (test.kind) {
    case 'equals':
    case 'startsWith':
      return bytesMatch(test, data);
    case 'contains':
      return containsBytes(data, test.bytes);
    case 'size':
      return isInRange(test.range, data.length);
    case 'number': {
      const number = numberOf(data);
      return number !== null && isInRange(test.range, number);
    }
    case 'text':
      return textPasses(test, data);
  }
}

/** Text is compared by its bytes, since those of one character are never a part of others. */
function textPasses({ place, bytes, ignoreCase }: Extract<PushTest, { kind: 'text' }>, data: Uint8Array): boolean {
  if (!isUtf8(data)) return false;
  const compared = ignoreCase ? foldedText(TEXT.decode(data)) : data;
  if (place === 'contains') return containsBytes(compared, bytes);
  return startsWith(compared, bytes) && (place === 'startsWith' || compared.length === bytes.length);
}

const TEXT = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text as bytes that do not depend on upper and lower case. A sigma at the end of a word is the same letter. */
export function foldedText(text: string): Uint8Array {
  const folded = text.toLowerCase();
  return Buffer.from(folded.includes('ς') ? folded.replaceAll('ς', 'σ') : folded);
}

/** The longest number that some network's scripts can push. */
const MAX_NUMBER_LENGTH = 8;

/**
 * The data as a number of scripts: little-endian, the highest bit of the last byte is the sign (Core: `CScriptNum`). Null if it
 * is too long, or not exact as a number of JSON.
 */
function numberOf(data: Uint8Array): number | null {
  if (data.length > MAX_NUMBER_LENGTH) return null;
  let magnitude = 0;
  for (let i = data.length - 1; i >= 0; i--) {
    magnitude = magnitude * 256 + (i === data.length - 1 ? data[i]! & 0x7f : data[i]!);
  }
  if (!Number.isSafeInteger(magnitude)) return null;
  return (data.at(-1) ?? 0) >= 0x80 ? 0 - magnitude : magnitude;
}
