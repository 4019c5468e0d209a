/** A row counts once more for each of these bytes, so that a budget of rows bounds memory too. */
const BYTES_OF_ROW = 16 * 1024;

/** How many rows a request may still examine: what keeps any query from becoming unbounded work. */
export class Budget {
  #left: number;

  constructor(rows: number) {
    this.#left = rows;
  }

  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** Charges rows that were read, and the bytes of large ones. The last read may go beyond: what was read is used. */
  spend(rows: number, bytes = 0): void {
    this.#left -= rows + Math.floor(bytes / BYTES_OF_ROW);
  }
}
