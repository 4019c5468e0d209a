import type { HeightRange } from '../../src/store/state.ts';

/** Something that is not as it should be. */
export interface IndexFinding {
  /** Of the block that it belongs to; null for what belongs to none, as what is unconfirmed. */
  readonly height: number | null;
  readonly what: string;
}

/** So many are told in words; of all others, only the heights. */
const MAX_TOLD = 100;

/** Gathers what is found, in memory for the heights alone. */
export class IndexFindings {
  readonly told: IndexFinding[] = [];
  count = 0;
  readonly #heights = new Set<number>();

  add(height: number | null, what: string): void {
    this.count += 1;
    if (this.told.length < MAX_TOLD) this.told.push({ height, what });
    if (height !== null) this.#heights.add(height);
  }

  has(height: number): boolean {
    return this.#heights.has(height);
  }

  /** All heights at which something was found, in as few ranges as there can be. */
  get heights(): HeightRange[] {
    const ranges: [number, number][] = [];
    for (const height of [...this.#heights].sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last !== undefined && last[1] === height - 1) last[1] = height;
      else ranges.push([height, height]);
    }
    return ranges;
  }
}
