import { concatBytes } from '@scure/btc-signer/utils.js';
import { opReturn as dataScript, push as shortest } from '../../dev/data-output.ts';

/** Locking scripts that carry data, one of each kind in the chains. */
export interface DataScript {
  readonly script: Uint8Array;
  /** The items that the complete pushes put on the stack, in order: OP_0 nothing, OP_1 to OP_16 that number, OP_1NEGATE 0x81. */
  readonly pushes: readonly Uint8Array[];
  /** Its last push reaches beyond the end of the script. */
  readonly malformed: boolean;
}

const OP_RETURN = Uint8Array.of(0x6a);
const OP_FALSE_OP_RETURN = Uint8Array.of(0x00, 0x6a);

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Bytes without a pattern, always the same for the same length. */
export function patternless(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 0x2545_f491;
  for (let n = 0; n < length; n++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[n] = state;
  }
  return bytes;
}

// ---- Pushes ----

type Width = 0 | 1 | 2 | 4;

/** A push whose length has this number of bytes, even if fewer are enough; with 0, the length is the opcode. */
function push(data: Uint8Array, width: Width): Uint8Array {
  if (width === 0) return concatBytes(Uint8Array.of(data.length), data);
  const prefix = new DataView(new ArrayBuffer(5));
  prefix.setUint8(0, { 1: 0x4c, 2: 0x4d, 4: 0x4e }[width]);
  prefix.setUint32(1, data.length, true);
  return concatBytes(new Uint8Array(prefix.buffer, 0, 1 + width), data);
}

/** OP_RETURN and the data, each in its shortest push. */
export function opReturn(...data: readonly (string | Uint8Array)[]): DataScript {
  const pushes = data.map((item) => (typeof item === 'string' ? text(item) : item));
  return { script: dataScript(...pushes), pushes, malformed: false };
}

function raw(script: Uint8Array[], pushes: Uint8Array[], malformed = false): DataScript {
  return { script: concatBytes(...script), pushes, malformed };
}

// ---- The kinds ----

const numbers = Uint8Array.from({ length: 16 }, (_, n) => n + 1);
const hello = text('hello world');
const binary = Uint8Array.of(0x00, 0xff, 0xfe, 0x80, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x0a);

export const DATA_SCRIPTS = {
  oneText: opReturn('hello world'),
  severalPushes: opReturn('BitQL', 'app', binary, '3'),
  samePushTwice: opReturn('twice', 'twice'),
  unicode: opReturn('Grüße aus 東京 🌍', 'e\u0301'),
  notUtf8: opReturn(binary),
  smallNumbers: raw(
    [OP_RETURN, Uint8Array.of(0x00, 0x4f), numbers.map((n) => 0x50 + n)],
    [new Uint8Array(0), Uint8Array.of(0x81), ...Array.from(numbers, (n) => Uint8Array.of(n))],
  ),
  emptyPushes: raw(
    [OP_RETURN, push(new Uint8Array(0), 1), push(new Uint8Array(0), 4)],
    [new Uint8Array(0), new Uint8Array(0)],
  ),
  pushdata1: opReturn(patternless(200)),
  pushdata2: opReturn(patternless(600)),
  pushdata4: opReturn(patternless(70_000)),
  longerPushesThanNeeded: raw([OP_RETURN, push(hello, 1), push(hello, 2), push(hello, 4)], [hello, hello, hello]),
  bareOpReturn: raw([OP_RETURN], []),
  opFalseOpReturn: raw([OP_FALSE_OP_RETURN, shortest(hello), shortest(binary)], [hello, binary]),
  bareOpFalseOpReturn: raw([OP_FALSE_OP_RETURN], []),
  opcodesBetween: raw([OP_RETURN, shortest(hello), Uint8Array.of(0x76, 0xa9), shortest(binary)], [hello, binary]),
  pushBeyondEnd: raw([OP_RETURN, shortest(hello), Uint8Array.of(0x20), text('cut off')], [hello], true),
  lengthBeyondEnd: raw([OP_RETURN, shortest(hello), Uint8Array.of(0x4d, 0x10)], [hello], true),
  payload100KB: opReturn(patternless(100_000)),
  manyPushes: opReturn(...Array.from({ length: 200 }, (_, n) => patternless(520).fill(n, 0, 4))),
} as const satisfies Record<string, DataScript>;

export type DataRole = keyof typeof DATA_SCRIPTS;
