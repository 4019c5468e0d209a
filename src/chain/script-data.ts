import { viewOf } from './bytes.ts';
import type { Network } from './networks.ts';
import { dataOffset, dataStart, elementEnd, hasAddress, MAX_ELEMENTS, OP_PUSHDATA4 } from './script.ts';

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

/**
 * Visits the pushes of a script that are long enough to be data, in order, until the visitor returns false. A tail that is
 * not one whole element counts as a push of its raw bytes, from its opcode on.
 * @param visit gets the data as a view, and the offset at which the next element begins
 */
export function eachPush(script: Uint8Array, visit: (data: Uint8Array, end: number) => boolean): void {
  let at = 0;
  for (let i = 0; at < script.length; i++) {
    const end = i === MAX_ELEMENTS ? script.length + 1 : elementEnd(script, at);
    const isTail = end > script.length;
    const from = isTail ? at : dataStart(script, at);
    const isPush = isTail || script[at]! <= OP_PUSHDATA4;
    const to = isTail ? script.length : end;
    if (isPush && to - from >= MIN_SCRIPT_DATA && !visit(viewOf(script, from, to), end)) return;
    at = end;
  }
}
