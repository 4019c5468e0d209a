import { equalBytes } from '../chain/bytes.ts';
import { isData } from '../chain/data.ts';
import { dataStart, elementAt, type ScriptElement, someElement } from '../chain/script.ts';
import type { BytesTest, PushCondition, PushTest, Range } from './filter.ts';

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
    // Opcodes of small numbers have no data bytes.
    if (test.kind === 'equals') return test.values.hasLength(length) || length === 0;
    if (test.kind !== 'startsWith') return true;
    const { bytes } = test;
    if (length === 0) return bytes.length <= 1;
    return length >= bytes.length && (bytes.length === 0 || script[from] === bytes[0]);
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
      return Buffer.from(data.buffer, data.byteOffset, data.length).includes(Buffer.from(test.bytes));
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

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textPasses({ place, text, ignoreCase }: Extract<PushTest, { kind: 'text' }>, data: Uint8Array): boolean {
  const decoded = textOf(data);
  if (decoded === null) return false;
  const compared = ignoreCase ? decoded.toLowerCase() : decoded;
  if (place === 'equals') return compared === text;
  return place === 'startsWith' ? compared.startsWith(text) : compared.includes(text);
}

/** Null if it is not valid UTF-8. */
function textOf(data: Uint8Array): string | null {
  try {
    return TEXT.decode(data);
  } catch {
    return null;
  }
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
