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

/** One element of a data output: usually a push, but any other opcode counts as well. */
export type Push = ScriptElement;

/**
 * The elements of a data output, after its OP_RETURN or OP_FALSE OP_RETURN; null for any other script. Data are views
 * of any length. Never throws: a malformed tail, and everything after the first 100,000 elements, is a last element with
 * `rest` and the raw bytes from its opcode on.
 * @param lockingScript without CashTokens prefix
 */
export function dataPushes(lockingScript: Uint8Array): Push[] | null {
  const offset = dataOffset(lockingScript);
  return offset === 0 ? null : scriptElements(lockingScript, offset);
}

/** The offset of every 256th element is kept. */
const STRIDE = 256;

/**
 * The same elements, created only when they are asked for, because a script of 100 KB may have 100,000. They are counted
 * once.
 */
export class DataElements {
  readonly count: number;
  readonly #script: Uint8Array;
  /** Where each element begins whose index is a multiple of {@link STRIDE}. */
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

  /** Null if the script is not a data output. */
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

/** Whether an element pushes data, which may be empty, or is a rest. */
export function isData({ opcode, rest }: Push): boolean {
  return rest || opcode <= OP_1NEGATE || (opcode >= OP_1 && opcode <= OP_16);
}
