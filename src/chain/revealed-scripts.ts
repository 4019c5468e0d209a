import { p2pkh, p2sh, witnessScript } from './address.ts';
import { hash160, hash256, sha256 } from './hash.ts';
import type { Input } from './inputs-outputs.ts';
import { elementAt, elementEnd, isHashEqual, isP2pkh, OP_0, OP_HASH160, OP_HASH256 } from './script.ts';

/** A kind of locking scripts that hold the hash of something that the input which spends them reveals. */
interface RevealRule {
  readonly fits: (lockingScript: Uint8Array) => boolean;
  /** Where the hash begins. */
  readonly hashAt: number;
  readonly revealed: (input: Input) => Uint8Array;
  readonly hash: (bytes: Uint8Array) => Uint8Array;
  readonly script: (hash: Uint8Array) => Uint8Array;
}

/** By their numbers, which are stored. */
const RULES: readonly RevealRule[] = [
  { fits: isP2pkh, hashAt: 3, revealed: lastPush, hash: hash160, script: p2pkh },
  { fits: isProgramOf(20), hashAt: 2, revealed: lastItem, hash: hash160, script: witnessProgram },
  { fits: (script) => isHashEqual(script, OP_HASH160, 20), hashAt: 2, revealed: lastPush, hash: hash160, script: p2sh },
  { fits: isProgramOf(32), hashAt: 2, revealed: lastItem, hash: sha256, script: witnessProgram },
  { fits: (script) => isHashEqual(script, OP_HASH256, 32), hashAt: 2, revealed: lastPush, hash: hash256, script: p2sh },
];

/** The numbers of the rules are from 0 to below this. */
export const RULE_COUNT = RULES.length;
export const NO_RULE = -1;
/** A longer unlocking script is not searched for its last push. Standard ones have at most some dozens of elements. */
const MAX_UNLOCKING_ELEMENTS = 1_000;
const NOTHING = new Uint8Array(0);

/**
 * The rule by which an input gives the locking script (P2PKH, P2WPKH, P2SH, P2WSH, P2SH32) of the output that it spends,
 * `NO_RULE` if it does not. Nothing is taken for granted: what the input reveals is hashed and compared.
 */
export function ruleOf(lockingScript: Uint8Array, input: Input): number {
  const number = RULES.findIndex(({ fits }) => fits(lockingScript));
  if (number < 0) return NO_RULE;
  const { revealed, hash, hashAt } = RULES[number]!;
  return hasAt(lockingScript, hashAt, hash(revealed(input))) ? number : NO_RULE;
}

/** The locking script that an input gives by a rule. */
export function scriptBy(rule: number, input: Input): Uint8Array {
  const { revealed, hash, script } = RULES[rule]!;
  return script(hash(revealed(input)));
}

/** For so few bytes, a call into the engine takes longer. */
function hasAt(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
}

/** What the last element of the unlocking script pushes; empty if it is no push. */
function lastPush({ unlockingScript: script }: Input): Uint8Array {
  for (let at = 0, i = 0; at < script.length && i < MAX_UNLOCKING_ELEMENTS; i++) {
    const end = elementEnd(script, at);
    if (end >= script.length) return elementAt(script, at, end).data;
    at = end;
  }
  return NOTHING;
}

/** The last item of the witness; empty if there is none. */
function lastItem({ witness }: Input): Uint8Array {
  return witness.at(-1) ?? NOTHING;
}

function isProgramOf(length: number): (script: Uint8Array) => boolean {
  return (script) => script.length === length + 2 && script[0] === OP_0 && script[1] === length;
}

function witnessProgram(hash: Uint8Array): Uint8Array {
  return witnessScript(0, hash)!;
}
