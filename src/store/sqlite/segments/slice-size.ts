/** How long one slice of a merge should take, in milliseconds: whoever asks for something waits for it. */
const TARGET_MS = 25;
const MIN_ROWS = 500;

/** How many rows a slice moves: as many as took the time last, so that a slow disk delays nobody for long either. */
export class SliceSize {
  readonly #maxRows: number;
  rows: number;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
    this.rows = maxRows;
  }

  took(ms: number): void {
    const fitting = (this.rows * TARGET_MS) / Math.max(ms, 1);
    // Halfway there: a checkpoint may have fallen into this one.
    const rows = Math.round((this.rows + fitting) / 2);
    this.rows = Math.min(this.#maxRows, Math.max(MIN_ROWS, rows));
  }
}
