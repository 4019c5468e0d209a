import { comparePositions, distanceOf, neighbour } from '../store/position.ts';
import type { KeyRange } from '../store/store.ts';
import type { FoundItems, Item, List, ListPlace } from './list.ts';
import { type Candidate, Exhausted, type Source } from './source.ts';
import { TiringSource } from './tiring-source.ts';
import type { Budget } from './work.ts';

/** A candidate, or the end of the search. */
export type Step =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'end' }
  /** The budget is used up: every match before `position` has been found. */
  | { readonly kind: 'exhausted'; readonly position: Uint8Array };

/**
 * The candidates that all sources share. Each source in turn is asked for its first candidate at or after the furthest one
 * seen (a leapfrog join). So a rare condition skips the rows of a common one, and nobody has to know beforehand which is rare. A
 * source that skips less than the others rests at times, so a candidate may be in fewer of them.
 */
export class Intersection implements Source {
  readonly #sources: readonly TiringSource[];
  /** The last seek and how far it went. */
  #last: { readonly source: TiringSource; readonly distance: number } | null = null;

  constructor(sources: readonly Source[]) {
    this.#sources = sources.map((source) => new TiringSource(source));
  }

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    let furthest = position;
    let record: Uint8Array | null = null;
    const awake = this.#sources.filter((source) => source.isAwake());
    // How many sources in a row have a candidate at the furthest position.
    let agreed = 0;
    while (agreed < awake.length) {
      const source = awake.shift()!;
      const found: Candidate | Exhausted | null = await source.seek(furthest);
      if (found === null || found instanceof Exhausted) return found;
      if (this.#isTired(source, distanceOf(furthest, found.position)) && awake.length > 0) {
        source.rest();
        continue;
      }
      awake.push(source);
      const isSame = agreed > 0 && comparePositions(found.position, furthest) === 0;
      agreed = isSame ? agreed + 1 : 1;
      record = isSame ? (found.record ?? record) : found.record;
      furthest = found.position;
    }
    return { position: furthest, record };
  }

  /** A seek is of use if it goes at least as far as the one before, in another source. */
  #isTired(source: TiringSource, distance: number): boolean {
    const before = this.#last;
    this.#last = { source, distance };
    return before !== null && before.source !== source && source.note(distance >= before.distance);
  }
}

/**
 * The candidates of a source that are in none of some other sources, which must hold no position that could match. One that
 * excludes little rests at times, so a candidate may be in it.
 */
export class Difference implements Source {
  readonly #source: Source;
  readonly #excluded: readonly TiringSource[];
  readonly #reverse: boolean;

  constructor(source: Source, excluded: readonly Source[], reverse: boolean) {
    this.#source = source;
    this.#excluded = excluded.map((one) => new TiringSource(one));
    this.#reverse = reverse;
  }

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    for (let from: Uint8Array | null = position; from !== null; ) {
      const found: Candidate | Exhausted | null = await this.#source.seek(from);
      if (found === null || found instanceof Exhausted) return found;
      if (!(await this.#isExcluded(found, distanceOf(from, found.position)))) return found;
      from = neighbour(found.position, this.#reverse);
    }
    return null;
  }

  /** @param distance of the candidate from the one before */
  async #isExcluded({ position }: Candidate, distance: number): Promise<boolean> {
    for (const source of this.#excluded.filter((one) => one.isAwake())) {
      const found = await source.seek(position);
      // Where the budget has ended, the candidate is examined.
      if (found === null || found instanceof Exhausted) continue;
      const beyond = distanceOf(position, found.position);
      if (source.note(beyond === 0 || beyond >= distance)) source.rest();
      if (beyond === 0) return true;
    }
    return false;
  }
}

/** The part of a source that lies in a range. */
export class Within implements Source {
  readonly #source: Source;
  readonly #range: KeyRange;
  readonly #reverse: boolean;

  constructor(source: Source, range: KeyRange, reverse: boolean) {
    this.#source = source;
    this.#range = range;
    this.#reverse = reverse;
  }

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    const start = this.#reverse ? this.#range.max : this.#range.min;
    const isBefore = (a: Uint8Array, b: Uint8Array) =>
      this.#reverse ? comparePositions(a, b) > 0 : comparePositions(a, b) < 0;
    const end = this.#reverse ? this.#range.min : this.#range.max;
    if (isBefore(end, position)) return null;
    const found = await this.#source.seek(isBefore(position, start) ? start : position);
    return found !== null && isBefore(end, found.position) ? null : found;
  }
}

/** The candidates of a source one after the other. */
export class Walk {
  readonly #source: Source;
  readonly #reverse: boolean;
  #position: Uint8Array | null;

  constructor(source: Source, start: Uint8Array, reverse: boolean) {
    this.#source = source;
    this.#reverse = reverse;
    this.#position = start;
  }

  async next(): Promise<Step> {
    if (this.#position === null) return { kind: 'end' };
    const found = await this.#source.seek(this.#position);
    if (found instanceof Exhausted) return { kind: 'exhausted', position: found.position };
    this.#position = found === null ? null : neighbour(found.position, this.#reverse);
    return found === null ? { kind: 'end' } : { kind: 'candidate', candidate: found };
  }
}

/** The fewest candidates that are examined together after the first ones: fewer would only cost round trips. */
const MIN_BATCH = 16;
/** The most: the budget is checked between batches, and each candidate may be a large transaction. */
const MAX_BATCH = 128;
const LAST_OUTPUT = 0xffff_ffff;

/**
 * Turns candidates into the members of the list that they stand for, in the direction of the list. Returns where it
 * stopped if the budget was used up before it had examined all of them.
 */
type Examine<T> = (batch: readonly Candidate[]) => Promise<FoundItems<T>>;

/** Examines candidates in batches until it has one item more than the page, or candidates or budget are used up. */
export async function collect<T>(
  candidates: { next(): Promise<Step> },
  list: List,
  budget: Budget,
  examine: Examine<T>,
): Promise<FoundItems<T>> {
  const items: Item<T>[] = [];
  // Mostly all candidates match. Only if some of them did not, more are examined than are wanted.
  for (let least = 1; ; least = MIN_BATCH) {
    const wanted = Math.max(list.wanted - items.length, least);
    const { batch, end } = await take(candidates, Math.min(wanted, MAX_BATCH));
    budget.spend(batch.length);
    const found = await examine(batch);
    items.push(...found.items);
    if (items.length > list.count) return { items, exhaustedAt: null };
    if (found.exhaustedAt !== null) return { items, exhaustedAt: found.exhaustedAt };
    if (end?.kind === 'end') return { items, exhaustedAt: null };
    if (end?.kind === 'exhausted') return { items, exhaustedAt: lastPlaceBefore(end.position, list) };
    if (budget.exhausted) return { items, exhaustedAt: lastPlaceAt(batch.at(-1)!.position, list) };
  }
}

type WalkEnd = Exclude<Step, { kind: 'candidate' }>;

async function take(
  candidates: { next(): Promise<Step> },
  count: number,
): Promise<{ batch: Candidate[]; end: WalkEnd | null }> {
  const batch: Candidate[] = [];
  while (batch.length < count) {
    const step = await candidates.next();
    if (step.kind !== 'candidate') return { batch, end: step };
    batch.push(step.candidate);
  }
  return { batch, end: null };
}

/** The last place before a position, in the direction of the list. */
function lastPlaceBefore(position: Uint8Array, list: List): ListPlace {
  return lastPlaceAt(neighbour(position, !list.reverse) ?? position, list);
}

function lastPlaceAt(position: Uint8Array, { reverse }: List): ListPlace {
  return { position, outputIndex: reverse ? 0 : LAST_OUTPUT };
}
