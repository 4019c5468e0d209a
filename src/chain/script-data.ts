import { viewOf } from './bytes.ts';
import type { Network } from './networks.ts';
import {
  dataOffset,
  dataStart,
  elementEnd,
  hasAddress,
  MAX_ELEMENTS,
  OP_0,
  OP_1,
  OP_16,
  OP_DUP,
  OP_HASH160,
  OP_HASH256,
  OP_PUSHDATA4,
} from './script.ts';

/** The shortest data in a script that counts as data: a script has many pushes of one byte, which are numbers and flags. */
export const MIN_SCRIPT_DATA = 2;

/** The most pushes of one locking script that count as data: the first ones. */
export const MAX_SCRIPT_PUSHES = 100;

/**
 * Whether a locking script (without CashTokens prefix) is found by its contents: it has no address on the network, and is
 * no data output. P2PK, multisig and non-standard scripts are.
 */
export function isPlainScript(lockingScript: Uint8Array, network: Network): boolean {
  return !hasAddress(lockingScript, network) && dataOffset(lockingScript) === 0;
}

/**
 * The data that a plain script pushes, as views in its order: its first {@link MAX_SCRIPT_PUSHES} pushes of at least
 * {@link MIN_SCRIPT_DATA} bytes.
 */
export function scriptPushes(lockingScript: Uint8Array): Uint8Array[] {
  const pushes: Uint8Array[] = [];
  eachPush(lockingScript, (data) => pushes.push(data) < MAX_SCRIPT_PUSHES);
  return pushes;
}

/** The part of a plain script that holds the pushes of {@link scriptPushes}. */
export function indexedPart(lockingScript: Uint8Array): Uint8Array {
  // Each push has an opcode.
  if (lockingScript.length <= MAX_SCRIPT_PUSHES * (1 + MIN_SCRIPT_DATA)) return lockingScript;
  let count = 0;
  let length = lockingScript.length;
  eachPush(lockingScript, (_, end) => {
    count += 1;
    if (count === MAX_SCRIPT_PUSHES) length = end;
    return count < MAX_SCRIPT_PUSHES;
  });
  return viewOf(lockingScript, 0, Math.min(length, lockingScript.length));
}

/** Whether a script with an address, or a data output, can begin with these bytes. */
export function mayBeginAddressScript(start: Uint8Array, { segwit, p2sh32 }: Network): boolean {
  const isWitness = segwit && mayBeginWitnessProgram(start);
  const isData = start.length === 0 || dataOffset(start) > 0 || (start.length === 1 && start[0] === OP_0);
  return isWitness || isData || FORMS.some((form) => (form[1] !== OP_PUSH_32 || p2sh32) && mayBegin(start, form));
}

const OP_PUSH_32 = 0x20;
/** The beginnings of P2PKH, P2SH and P2SH32, and their lengths. */
const FORMS: readonly (readonly number[])[] = [
  [OP_DUP, OP_HASH160, 20],
  [OP_HASH160, 20],
  [OP_HASH256, OP_PUSH_32],
];
const LENGTHS: readonly number[] = [25, 23, 35];

function mayBegin(start: Uint8Array, form: readonly number[]): boolean {
  const isLonger = start.length > LENGTHS[FORMS.indexOf(form)]!;
  return !isLonger && form.every((byte, i) => i >= start.length || start[i] === byte);
}

/** BIP141: a version, and a push of 2 to 40 bytes to the end of the script. */
function mayBeginWitnessProgram(start: Uint8Array): boolean {
  const [version, length] = start;
  const isVersion = version === undefined || version === OP_0 || (version >= OP_1 && version <= OP_16);
  return isVersion && (length === undefined || (length >= 2 && length <= 40 && start.length <= 2 + length));
}

/**
 * Visits the pushes of a script that are long enough to be data, in order, until the visitor returns false. A tail that is
 * not one whole element counts as a push of its raw bytes, from its opcode on.
 * @param visit gets the data as a view, the offset at which the next element begins, and the index among all elements
 */
export function eachPush(script: Uint8Array, visit: (data: Uint8Array, end: number, index: number) => boolean): void {
  let at = 0;
  for (let i = 0; at < script.length; i++) {
    const end = i === MAX_ELEMENTS ? script.length + 1 : elementEnd(script, at);
    const isTail = end > script.length;
    const from = isTail ? at : dataStart(script, at);
    const isPush = isTail || script[at]! <= OP_PUSHDATA4;
    const to = isTail ? script.length : end;
    if (isPush && to - from >= MIN_SCRIPT_DATA && !visit(viewOf(script, from, to), end, i)) return;
    at = end;
  }
}
