import { u16At, u32At, viewOf } from './bytes.ts';
import type { Network } from './networks.ts';

/* The opcodes that the codec looks for, by Core's names. */

export const OP_0 = 0x00;
export const OP_PUSHDATA1 = 0x4c;
export const OP_PUSHDATA2 = 0x4d;
export const OP_PUSHDATA4 = 0x4e;
export const OP_1NEGATE = 0x4f;
export const OP_1 = 0x51;
export const OP_16 = 0x60;
export const OP_RETURN = 0x6a;
export const OP_DUP = 0x76;
export const OP_EQUAL = 0x87;
export const OP_EQUALVERIFY = 0x88;
export const OP_NUMEQUAL = 0x9c;
export const OP_HASH160 = 0xa9;
export const OP_HASH256 = 0xaa;
export const OP_CHECKSIG = 0xac;
export const OP_CHECKMULTISIG = 0xae;
export const OP_CHECKSIGADD = 0xba;

/** The type of a locking script: the classes of Core's `Solver`, and P2SH32 of BCHN's. */
export type ScriptType =
  | 'P2PK'
  | 'P2PKH'
  | 'P2SH'
  | 'P2SH32'
  | 'MULTISIG'
  | 'P2WPKH'
  | 'P2WSH'
  | 'P2TR'
  | 'P2A'
  | 'WITNESS_UNKNOWN'
  | 'NULL_DATA'
  | 'NON_STANDARD';

/** One element of a script: an opcode with the bytes that it pushes. */
export interface ScriptElement {
  readonly opcode: number;
  /** What it pushes on the stack, as a view: empty for OP_0 and for an opcode that pushes nothing, 0x81 for OP_1NEGATE. */
  readonly data: Uint8Array;
  /** True for a last element that is not one opcode: `data` holds all remaining bytes, from the opcode on. */
  readonly rest: boolean;
}

/** The most elements of a script: a hostile script of 100 MB could have 100 million. */
export const MAX_ELEMENTS = 100_000;
/** Core: MAX_PUBKEYS_PER_MULTISIG. */
const MAX_MULTISIG_KEYS = 20;
/** Core: MAX_SCRIPT_SIZE. */
export const MAX_SCRIPT_SIZE = 10_000;
const NOTHING = new Uint8Array(0);
/* A script may push numbers a hundred thousand times. */
const MINUS_ONE = Uint8Array.of(0x81);
const SMALL_INTEGERS = Array.from({ length: 16 }, (_, i) => Uint8Array.of(i + 1));

/**
 * Splits a script into elements, from an offset on. Never throws: a push that reaches beyond the end, and everything after
 * the first `limit` elements, becomes one last element of raw bytes (`rest`).
 */
export function scriptElements(script: Uint8Array, start = 0, limit = MAX_ELEMENTS): ScriptElement[] {
  const elements: ScriptElement[] = [];
  let at = start;
  while (at < script.length) {
    const end = elements.length === limit ? script.length + 1 : elementEnd(script, at);
    elements.push(elementAt(script, at, end));
    at = end;
  }
  return elements;
}

/**
 * Whether one of the elements from an offset on satisfies a test, which gets the start of each, its end (beyond the script
 * for a last element that is a rest), and its index. Creates no elements.
 */
export function someElement(
  script: Uint8Array,
  start: number,
  test: (at: number, end: number, index: number) => boolean,
): boolean {
  let at = start;
  for (let i = 0; at < script.length; i++) {
    const end = i === MAX_ELEMENTS ? script.length + 1 : elementEnd(script, at);
    if (test(at, end, i)) return true;
    at = end;
  }
  return false;
}

/** The end of the element that begins at `at`; beyond the script if the script lacks a part of it. */
export function elementEnd(script: Uint8Array, at: number): number {
  return dataStart(script, at) + pushLength(script, at);
}

/** The element from `at` to its end; all remaining bytes if the end is beyond the script. */
export function elementAt(script: Uint8Array, at: number, end: number): ScriptElement {
  const opcode = script[at]!;
  if (end > script.length) return { opcode, data: viewOf(script, at, script.length), rest: true };
  const from = dataStart(script, at);
  return { opcode, data: end > from ? viewOf(script, from, end) : impliedData(opcode), rest: false };
}

/** Where the data of the element at `at` begins. */
export function dataStart(script: Uint8Array, at: number): number {
  return at + 1 + pushLengthWidth(script[at]!);
}

/** How many bytes after the opcode hold the length of its push. */
function pushLengthWidth(opcode: number): number {
  if (opcode < OP_PUSHDATA1 || opcode > OP_PUSHDATA4) return 0;
  return opcode === OP_PUSHDATA1 ? 1 : opcode === OP_PUSHDATA2 ? 2 : 4;
}

/** The length of the push at `at`; 0 if it is no push. Missing length bytes at the end of the script count as 0. */
function pushLength(script: Uint8Array, at: number): number {
  const opcode = script[at]!;
  if (opcode < OP_PUSHDATA1) return opcode;
  if (opcode === OP_PUSHDATA1) return script[at + 1] ?? 0;
  if (opcode === OP_PUSHDATA2) return u16At(script, at + 1);
  return opcode === OP_PUSHDATA4 ? u32At(script, at + 1) : 0;
}

/** The value that an opcode without data bytes pushes. */
function impliedData(opcode: number): Uint8Array {
  if (opcode === OP_1NEGATE) return MINUS_ONE;
  return isSmallInteger(opcode) ? SMALL_INTEGERS[opcode - OP_1]! : NOTHING;
}

function isSmallInteger(opcode: number): boolean {
  return opcode >= OP_1 && opcode <= OP_16;
}

/**
 * Where the elements of a data output begin: after OP_RETURN or OP_FALSE OP_RETURN. 0 if the script begins with
 * neither, so that it is not a data output.
 */
export function dataOffset(lockingScript: Uint8Array): number {
  if (lockingScript[0] === OP_RETURN) return 1;
  return lockingScript[0] === OP_0 && lockingScript[1] === OP_RETURN ? 2 : 0;
}

/** The type of a locking script (without CashTokens prefix), as Core's `Solver` finds it; every data output is NULL_DATA. */
export function scriptType(lockingScript: Uint8Array, network: Network): ScriptType {
  const type = hashType(lockingScript, network);
  if (type !== null) return type;
  if (dataOffset(lockingScript) > 0) return 'NULL_DATA';
  if (isP2pk(lockingScript)) return 'P2PK';
  return isMultisig(lockingScript) ? 'MULTISIG' : 'NON_STANDARD';
}

/** Whether a locking script (without CashTokens prefix) has an address on the network. */
export function hasAddress(lockingScript: Uint8Array, network: Network): boolean {
  const type = hashType(lockingScript, network);
  return type !== null && type !== 'NON_STANDARD';
}

/** The type of a script that pays to a hash or a witness program; null for any other script. */
function hashType(lockingScript: Uint8Array, network: Network): ScriptType | null {
  if (isP2pkh(lockingScript)) return 'P2PKH';
  if (isHashEqual(lockingScript, OP_HASH160, 20)) return 'P2SH';
  if (network.p2sh32 && isHashEqual(lockingScript, OP_HASH256, 32)) return 'P2SH32';
  return network.segwit && isWitnessProgram(lockingScript) ? witnessType(lockingScript) : null;
}

/**
 * Whether an output is provably unspendable, so that nodes do not keep it (`CScript::IsUnspendable`). On BSV a bare
 * OP_RETURN is spendable since the Genesis upgrade, and so is a long script.
 * @param height of the block that holds the output; for an unconfirmed output that of the next block
 */
export function isUnspendable(lockingScript: Uint8Array, network: Network, height: number): boolean {
  const { genesisUpgradeHeight } = network;
  if (genesisUpgradeHeight !== null) {
    if (dataOffset(lockingScript) === 2) return true;
    if (height >= genesisUpgradeHeight) return false;
  }
  return lockingScript[0] === OP_RETURN || lockingScript.length > MAX_SCRIPT_SIZE;
}

/** OP_DUP OP_HASH160 <20 bytes> OP_EQUALVERIFY OP_CHECKSIG */
export function isP2pkh(script: Uint8Array): boolean {
  return (
    script.length === 25 &&
    script[0] === OP_DUP &&
    script[1] === OP_HASH160 &&
    script[2] === 20 &&
    script[23] === OP_EQUALVERIFY &&
    script[24] === OP_CHECKSIG
  );
}

/** <hash opcode> <hash> OP_EQUAL: pay to script hash (BIP16, and with 32 bytes CHIP-2022-05). */
export function isHashEqual(script: Uint8Array, opcode: number, size: number): boolean {
  return script.length === size + 3 && script[0] === opcode && script[1] === size && script[size + 2] === OP_EQUAL;
}

/** A version, OP_0 to OP_16, and one direct push of 2 to 40 bytes (BIP141). */
export function isWitnessProgram(script: Uint8Array): boolean {
  return (
    script.length >= 4 &&
    script.length <= 42 &&
    script[1] === script.length - 2 &&
    (script[0] === OP_0 || isSmallInteger(script[0]!))
  );
}

/** BIP141, BIP341, and Core's pay-to-anchor: OP_1 <4e73>. */
function witnessType(script: Uint8Array): ScriptType {
  const size = script.length - 2;
  if (script[0] === OP_0) return size === 20 ? 'P2WPKH' : size === 32 ? 'P2WSH' : 'NON_STANDARD';
  if (script[0] === OP_1 && size === 32) return 'P2TR';
  return script[0] === OP_1 && size === 2 && script[2] === 0x4e && script[3] === 0x73 ? 'P2A' : 'WITNESS_UNKNOWN';
}

/** <key> OP_CHECKSIG, the key in a direct push. */
function isP2pk(script: Uint8Array): boolean {
  const size = script.length - 2;
  return script[0] === size && script[size + 1] === OP_CHECKSIG && isPublicKey(script, 1, size);
}

/** Whether length and prefix are those of a public key (Core: `CPubKey::ValidSize`). */
export function isPublicKey(bytes: Uint8Array, at: number, size: number): boolean {
  const prefix = bytes[at];
  if (prefix === 2 || prefix === 3) return size === 33;
  return (prefix === 4 || prefix === 6 || prefix === 7) && size === 65;
}

/** m <key>... n OP_CHECKMULTISIG with 1 <= m <= n <= 20 and as many keys as n says. */
export function isMultisig(script: Uint8Array): boolean {
  if (script.at(-1) !== OP_CHECKMULTISIG) return false;
  // The keys, m, n and the opcode: a script with more keys ends with a rest.
  const elements = scriptElements(script, 0, MAX_MULTISIG_KEYS + 3);
  if (elements.length < 4 || elements.at(-1)!.rest) return false;
  const required = keyNumber(elements[0]!);
  const total = keyNumber(elements.at(-2)!);
  const keys = elements.slice(1, -2);
  return (
    required >= 1 &&
    required <= total &&
    total === keys.length &&
    keys.every(({ data }) => isPublicKey(data, 0, data.length))
  );
}

/** A number in its shortest form: an opcode up to 16, a push of one byte above. 0 for anything else. */
function keyNumber({ opcode, data }: ScriptElement): number {
  const number = data[0] ?? 0;
  return isSmallInteger(opcode) || (opcode === 1 && number > 16) ? number : 0;
}
