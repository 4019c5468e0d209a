/** How many rows a request may still examine: what keeps any query from becoming unbounded work. */
export class Budget {
  #left: number;

  constructor(rows: number) {
    this.#left = rows;
  }

  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** Charges rows that were read. The last read may go beyond: what was read is used. */
  spend(rows: number): void {
    this.#left -= rows;
  }
}
