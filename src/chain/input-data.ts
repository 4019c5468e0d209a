import type { Input } from './inputs-outputs.ts';
import { isMultisig, isPublicKey, isWitnessProgram, OP_CHECKSIG } from './script.ts';
import { eachPush, MIN_SCRIPT_DATA } from './script-data.ts';
import type { Transaction } from './transaction.ts';

/** The most pieces of data in a transaction's inputs that count: the first ones. */
export const MAX_INPUT_DATA = 1_000;

/** Where a piece of data stands: a push of the unlocking script, an item of the witness, or a push of the script that one of both reveals. */
export type InputDataPlace = 'unlockingScript' | 'witness' | 'revealedScript';

/** A piece of data in an input. */
export interface InputData {
  /** The index of the input. */
  readonly input: number;
  readonly place: InputDataPlace;
  /** Its index among the items of the witness, or the elements of the script. */
  readonly index: number;
  /** A view of at least {@link MIN_SCRIPT_DATA} bytes. */
  readonly data: Uint8Array;
}

/**
 * The data in a transaction's inputs, in their order, at most {@link MAX_INPUT_DATA} pieces: pushes of unlocking scripts (of
 * a coinbase too), items of witnesses, and the pushes inside of redeem scripts, witness scripts and tapscripts. Left out is
 * what unlocks and says nothing: signatures, public keys, multisig scripts as a whole, witness programs in unlocking scripts,
 * control blocks, the witness of a coinbase, and anything shorter than {@link MIN_SCRIPT_DATA} bytes. It depends on the bytes
 * of the transaction alone, not on the outputs that it spends.
 */
export function inputData({ inputs }: Transaction): InputData[] {
  const found: InputData[] = [];
  for (const [i, input] of inputs.entries()) {
    const add: Add = (place, index, data) =>
      found.length < MAX_INPUT_DATA && found.push({ input: i, place, index, data }) < MAX_INPUT_DATA;
    if (!addUnlocking(input, add) || (!input.isCoinbase && !addWitness(input.witness, add))) break;
  }
  return found;
}

/** Adds a piece of data. @returns whether there is room for another one */
type Add = (place: InputDataPlace, index: number, data: Uint8Array) => boolean;

/** @returns whether there is room for more */
function addUnlocking({ unlockingScript, witness, isCoinbase }: Input, add: Add): boolean {
  if (unlockingScript.length === 0 || (witness.length > 0 && isNestedProgram(unlockingScript))) return true;
  let last = null as Uint8Array | null;
  let hasRoom = true;
  eachPush(unlockingScript, (data, end, index) => {
    last = end === unlockingScript.length ? data : null;
    hasRoom = isCoinbase || isTelling(data) ? add('unlockingScript', index, data) : true;
    return hasRoom;
  });
  return hasRoom && last !== null && !isCoinbase && isWholeScript(last) ? addRevealed(last, add) : hasRoom;
}

/** @returns whether there is room for more */
function addWitness(items: readonly Uint8Array[], add: Add): boolean {
  if (items.length === 0) return true;
  const hasAnnex = items.length > 1 && items.at(-1)![0] === ANNEX;
  const last = items.length - (hasAnnex ? 2 : 1);
  const isScriptPath = last > 0 && isControlBlock(items[last]!);
  const script = isScriptPath ? last - 1 : last;
  for (const [i, item] of items.entries()) {
    const isLeftOut = (isScriptPath && i === last) || !isTelling(item);
    if (!isLeftOut && !add('witness', i, item)) return false;
    if (i === script && !isLeftOut && !addRevealed(item, add)) return false;
  }
  return true;
}

/** Adds the pushes inside of a script that an input reveals. @returns whether there is room for more */
function addRevealed(script: Uint8Array, add: Add): boolean {
  let hasRoom = true;
  eachPush(script, (data, end, index) => {
    if (!isKeyInScript(data, script[end])) hasRoom = add('revealedScript', index, data);
    return hasRoom;
  });
  return hasRoom;
}

/** Whether a push or an item may say something: it is no signature, no public key, and no multisig script. */
function isTelling(data: Uint8Array): boolean {
  const { length } = data;
  return length >= MIN_SCRIPT_DATA && !isSignature(data) && !isPublicKey(data, 0, length) && !isMultisig(data);
}

/** BIP341: the first byte of an annex. */
const ANNEX = 0x50;
const DER_SEQUENCE = 0x30;
const LONGEST_DER = 73;
const SCHNORR = 64;

/** Whether it has the form of a signature: DER with the type of its hash, or Schnorr with or without one. */
function isSignature(data: Uint8Array): boolean {
  const { length } = data;
  if (length === SCHNORR || length === SCHNORR + 1) return true;
  return length <= LONGEST_DER && data[0] === DER_SEQUENCE && data[1] === length - 3 && data[2] === 0x02;
}

/** Opcodes that check a signature with the key before them: OP_CHECKSIG, OP_CHECKSIGVERIFY, and OP_CHECKSIGADD (BIP342). */
const CHECKS: ReadonlySet<number | undefined> = new Set([OP_CHECKSIG, OP_CHECKSIG + 1, 0xba]);
const X_ONLY_KEY = 32;

/** @param next the opcode after the push */
function isKeyInScript(data: Uint8Array, next: number | undefined): boolean {
  return isPublicKey(data, 0, data.length) || (data.length === X_ONLY_KEY && CHECKS.has(next));
}

/** BIP341: the leaf version of tapscript and the parity of the key, an x-only key, and up to 128 hashes. No witness script begins so. */
function isControlBlock(item: Uint8Array): boolean {
  const { length } = item;
  return (item[0]! & 0xfe) === 0xc0 && length >= 33 && length <= 33 + 128 * 32 && (length - 33) % 32 === 0;
}

/** Whether an unlocking script only repeats a witness program (P2SH-P2WPKH and P2SH-P2WSH). */
function isNestedProgram(unlockingScript: Uint8Array): boolean {
  return unlockingScript[0] === unlockingScript.length - 1 && isWitnessProgram(unlockingScript.subarray(1));
}

/** Whether the last push of an unlocking script can be read as a redeem script. */
function isWholeScript(data: Uint8Array): boolean {
  if (!isTelling(data)) return false;
  let isWhole = true;
  eachPush(data, (_, end) => {
    isWhole = end <= data.length;
    return isWhole;
  });
  return isWhole;
}
