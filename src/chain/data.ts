import {
  dataOffset,
  elementAt,
  elementEnd,
  MAX_ELEMENTS,
  OP_1,
  OP_1NEGATE,
  OP_16,
  type ScriptElement,
  scriptElements,
} from './script.ts';

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

/**
 * Whether one of the elements satisfies a test, which is told where each begins, where it ends (beyond the script, for a last element
 * that is a rest), and its index. None is taken apart; false for what is no data output.
 */
export function someElement(
  lockingScript: Uint8Array,
  test: (at: number, end: number, index: number) => boolean,
): boolean {
  const offset = dataOffset(lockingScript);
  let at = offset === 0 ? lockingScript.length : offset;
  for (let i = 0; at < lockingScript.length; i++) {
    const end = i === MAX_ELEMENTS ? lockingScript.length + 1 : elementEnd(lockingScript, at);
    if (test(at, end, i)) return true;
    at = end;
  }
  return false;
}

/** Elements between two whose places are remembered. */
const STRIDE = 256;

/**
 * The same elements, for whoever wants some of them: they are counted once, and taken apart only as they are asked for, since a
 * script of 100 KB may have as many thousand.
 */
export class DataElements {
  readonly count: number;
  readonly #script: Uint8Array;
  /** Where every element of {@link STRIDE} begins. */
  readonly #places: Uint32Array;

  private constructor(script: Uint8Array, offset: number) {
    const places: number[] = [];
    let count = 0;
    for (let at = offset; at < script.length; count++) {
      if (count % STRIDE === 0) places.push(at);
      at = count === MAX_ELEMENTS ? script.length : elementEnd(script, at);
    }
    this.count = count;
    this.#script = script;
    this.#places = Uint32Array.from(places);
  }

  /** Null where {@link dataPushes} is. */
  static of(lockingScript: Uint8Array): DataElements | null {
    const offset = dataOffset(lockingScript);
    return offset === 0 ? null : new DataElements(lockingScript, offset);
  }

  /** At most `first` elements from the one with this index on. */
  slice(first: number, index: number): Push[] {
    const elements: Push[] = [];
    let i = STRIDE * Math.floor(index / STRIDE);
    let at = this.#places[i / STRIDE] ?? this.#script.length;
    for (; at < this.#script.length && elements.length < first; i++) {
      const end = i === MAX_ELEMENTS ? this.#script.length + 1 : elementEnd(this.#script, at);
      if (i >= index) elements.push(elementAt(this.#script, at, end));
      at = end;
    }
    return elements;
  }
}

/** Whether an element stands for data, be it empty; an opcode that pushes nothing does not. */
export function isData({ opcode, rest }: Push): boolean {
  return rest || opcode <= OP_1NEGATE || (opcode >= OP_1 && opcode <= OP_16);
}
