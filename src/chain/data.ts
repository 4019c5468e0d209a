import { dataOffset, OP_1, OP_1NEGATE, OP_16, type ScriptElement, scriptElements } from './script.ts';

/** One element of a data output: mostly a push, but whatever else stands there counts as well. */
export type Push = ScriptElement;

/**
 * The elements of a data output, behind its OP_RETURN or OP_FALSE OP_RETURN; null for any other script. Data are views
 * of any length. Never throws: a malformed tail, and what follows the first 100,000 elements, is a last element with
 * `rest` and the raw bytes from its opcode on.
 * @param lockingScript without CashTokens prefix
 */
export function dataPushes(lockingScript: Uint8Array): Push[] | null {
  const offset = dataOffset(lockingScript);
  return offset === 0 ? null : scriptElements(lockingScript, offset);
}

/** Whether an element stands for data, be it empty; an opcode that pushes nothing does not. */
export function isData({ opcode, rest }: Push): boolean {
  return rest || opcode <= OP_1NEGATE || (opcode >= OP_1 && opcode <= OP_16);
}
