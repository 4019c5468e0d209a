import { comparePositions, neighbour } from '../store/position.ts';
import { type Candidate, Exhausted, type Source } from './source.ts';

/** A candidate that all sources agree on, or where and why the search ended. */
export type Step =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'end' }
  /** The budget ended: every match before `position` has been found. */
  | { readonly kind: 'exhausted'; readonly position: Uint8Array };

/**
 * The positions that all sources share, in order. Each source in turn is asked for its first candidate at or behind
 * the furthest one seen (a leapfrog join), so a rare condition skips over the rows of a common one, and nobody has
 * to know beforehand which is which.
 */
export class Intersection {
  readonly #sources: readonly Source[];
  readonly #reverse: boolean;
  #position: Uint8Array | null;

  constructor(sources: readonly Source[], start: Uint8Array, reverse: boolean) {
    this.#sources = sources;
    this.#reverse = reverse;
    this.#position = start;
  }

  async next(): Promise<Step> {
    while (this.#position !== null) {
      const agreed = await this.#round(this.#position);
      if (agreed === 'end') break;
      if (agreed instanceof Exhausted) return { kind: 'exhausted', position: agreed.position };
      if (agreed === 'moved') continue;
      this.#position = neighbour(agreed.position, this.#reverse);
      return { kind: 'candidate', candidate: agreed };
    }
    this.#position = null;
    return { kind: 'end' };
  }

  /** Asks each source once; 'moved' if one of them knows that nothing matches before a further position. */
  async #round(target: Uint8Array): Promise<Candidate | Exhausted | 'moved' | 'end'> {
    let furthest = target;
    let record: Uint8Array | null = null;
    let unanimous = 0;
    for (const source of this.#sources) {
      const found = await source.seek(furthest);
      if (found === null) return 'end';
      if (found instanceof Exhausted) return found;
      unanimous = comparePositions(found.position, furthest) === 0 ? unanimous + 1 : 1;
      furthest = found.position;
      record = found.record ?? record;
    }
    this.#position = furthest;
    return unanimous === this.#sources.length ? { position: furthest, record } : 'moved';
  }
}
