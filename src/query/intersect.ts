import { comparePositions, neighbour } from '../store/position.ts';
import type { FoundItems, Item, List, ListPlace } from './list.ts';
import { type Candidate, Exhausted, type Source } from './source.ts';
import type { Budget } from './work.ts';

/** A candidate that all sources share, or the end of the search. */
export type Step =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'end' }
  /** The budget is used up: every match before `position` has been found. */
  | { readonly kind: 'exhausted'; readonly position: Uint8Array };

/**
 * The positions that all sources share, in order. Each source in turn is asked for its first candidate at or after
 * the furthest one seen (a leapfrog join). So a rare condition skips the rows of a common one, and nobody has to know
 * beforehand which is rare.
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

  /** Asks each source once; 'moved' if one of them has moved on to a further position. */
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

/** The fewest candidates that are examined together: fewer would only cost round trips. */
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
  for (;;) {
    const wanted = Math.max(list.wanted - items.length, MIN_BATCH);
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
