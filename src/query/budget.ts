/** A row counts once more for each of these bytes, so that a budget of rows bounds memory too. */
const BYTES_OF_ROW = 16 * 1024;

/** How many rows a request may still examine: what keeps any query from becoming unbounded work. */
export class Budget {
  readonly #rows: number;
  #left: number;
  readonly #hold: (bytes: number) => void;

  /** @param hold told of the bytes of large rows that were read; it may throw [nobody] */
  constructor(rows: number, hold: (bytes: number) => void = () => {}) {
    this.#rows = rows;
    this.#left = rows;
    this.#hold = hold;
  }

  /** What was charged so far. */
  get spent(): number {
    return this.#rows - this.#left;
  }

  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** Charges rows that were read, and the bytes of large ones. The last read may go beyond: what was read is used. */
  spend(rows: number, bytes = 0): void {
    this.#left -= rows + Math.floor(bytes / BYTES_OF_ROW);
    this.#hold(bytes);
  }
}
