import { mapKey } from '../chain/bytes.ts';

/** A set of byte strings, searched in constant time. In JSON it is its values, so it can be a part of what a cursor belongs to. */
export class ByteSet {
  readonly values: readonly Uint8Array[];
  readonly #names: ReadonlySet<string>;
  readonly #lengths: ReadonlySet<number>;

  constructor(values: readonly Uint8Array[]) {
    const byName = new Map(values.map((value) => [mapKey(value), value]));
    this.values = [...byName.values()];
    this.#names = new Set(byName.keys());
    this.#lengths = new Set(values.map(({ length }) => length));
  }

  has(bytes: Uint8Array): boolean {
    return this.#lengths.has(bytes.length) && this.#names.has(mapKey(bytes));
  }

  /** Whether a value has this length, which is cheaper to find out. */
  hasLength(length: number): boolean {
    return this.#lengths.has(length);
  }
}
