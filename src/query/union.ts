import { comparePositions } from '../store/position.ts';
import { type Candidate, Exhausted, type Source } from './source.ts';

/** The most sources of one union. */
export const MAX_MEMBERS = 1_000;

/** A source and where it is: its next candidate, or the position up to which its budget went. */
interface Head {
  readonly source: Source;
  readonly at: Candidate | Exhausted;
}

/**
 * The candidates of any of some sources, each once, in the order of the scan. A source is asked only once the union is, and
 * together with all others that are behind: so their pages are read in one round trip. A step costs the logarithm of the number of sources.
 *
 * The first read is one page of each source, whatever the budget. Sources of a union should therefore be made with a scan that wants
 * few candidates.
 */
export class Union implements Source {
  readonly #reverse: boolean;
  /** A heap: no head comes before the one at half its index, counted from 1. */
  readonly #heads: Head[] = [];
  #unopened: readonly Source[];

  /** @param sources at most {@link MAX_MEMBERS} */
  constructor(sources: readonly Source[], reverse: boolean) {
    this.#unopened = sources;
    this.#reverse = reverse;
  }

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    const behind = [...this.#unopened];
    this.#unopened = [];
    while (this.#heads.length > 0 && this.#order(this.#heads[0]!.at.position, position) < 0) behind.push(this.#pop());
    const found = await Promise.all(behind.map((source) => source.seek(position)));
    for (const [i, at] of found.entries()) if (at !== null) this.#push({ source: behind[i]!, at });
    return this.#heads[0]?.at ?? null;
  }

  #push(head: Head): void {
    const heads = this.#heads;
    let at = heads.length;
    for (let above = (at - 1) >> 1; at > 0 && this.#isBefore(head, heads[above]!); above = (at - 1) >> 1) {
      heads[at] = heads[above]!;
      at = above;
    }
    heads[at] = head;
  }

  #pop(): Source {
    const heads = this.#heads;
    const [{ source }, last] = [heads[0]!, heads.pop()!];
    if (heads.length === 0) return source;
    let at = 0;
    for (let below = this.#firstBelow(at); below !== null; below = this.#firstBelow(at)) {
      if (!this.#isBefore(heads[below]!, last)) break;
      heads[at] = heads[below]!;
      at = below;
    }
    heads[at] = last;
    return source;
  }

  /** The first of the two heads below one in the heap; null if there are none. */
  #firstBelow(at: number): number | null {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    if (left >= this.#heads.length) return null;
    return right < this.#heads.length && this.#isBefore(this.#heads[right]!, this.#heads[left]!) ? right : left;
  }

  /** At one position, a candidate comes before the end of a budget, and one whose record is known before one without. */
  #isBefore({ at: a }: Head, { at: b }: Head): boolean {
    return (this.#order(a.position, b.position) || rankOf(a) - rankOf(b)) < 0;
  }

  #order(a: Uint8Array, b: Uint8Array): number {
    return this.#reverse ? comparePositions(b, a) : comparePositions(a, b);
  }
}

function rankOf(at: Candidate | Exhausted): number {
  if (at instanceof Exhausted) return 2;
  return at.record === null ? 1 : 0;
}
