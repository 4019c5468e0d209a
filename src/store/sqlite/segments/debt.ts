import type { Segment } from './catalogue.ts';

/**
 * What writing owes to merging, in rows to move. In the long run each row moves once to each level there is, so each that
 * is written pays for that and for one move more, which lets a merge end before the next of its level is due. So
 * writing gets slower by little at a time, and there are never many segments, however fast rows come.
 */
export class Debt {
  #rows = 0;

  get isOwed(): boolean {
    return this.#rows > 0;
  }

  wrote(rows: number, segments: readonly Segment[]): void {
    const highest = Math.max(...segments.map(({ level }) => level));
    this.#rows += rows * (highest + 1);
  }

  moved(rows: number): void {
    this.#rows = Math.max(0, this.#rows - rows);
  }

  /** Nothing is left to move, or it cannot be moved now. */
  settle(): void {
    this.#rows = 0;
  }
}
