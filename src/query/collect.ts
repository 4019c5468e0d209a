import type { Budget } from './budget.ts';
import type { Step } from './intersect.ts';
import type { Found, Item, List, Place } from './list.ts';
import { type Candidate, neighbour } from './source.ts';

/** Candidates that are examined together at least: fewer would only cost round trips. */
const MIN_BATCH = 16;
const LAST_OUTPUT = 0xffff_ffff;

/** Turns candidates into the members of the list that they stand for, in the direction of the walk. */
export type Examine<T> = (batch: readonly Candidate[]) => Promise<Item<T>[]>;

/** Examines candidates in batches until the page is full and one more, until their end, or until the budget's. */
export async function collect<T>(
  candidates: { next(): Promise<Step> },
  list: List,
  budget: Budget,
  examine: Examine<T>,
): Promise<Found<T>> {
  const items: Item<T>[] = [];
  for (;;) {
    const { batch, end } = await take(candidates, Math.max(list.count + 1 - items.length, MIN_BATCH));
    budget.spend(batch.length);
    items.push(...(await examine(batch)));
    if (items.length > list.count || end?.kind === 'end') return { items, exhaustedAt: null };
    if (end?.kind === 'exhausted') return { items, exhaustedAt: lastPlaceBefore(end.position, list) };
  }
}

type End = Exclude<Step, { kind: 'candidate' }>;

async function take(
  candidates: { next(): Promise<Step> },
  count: number,
): Promise<{ batch: Candidate[]; end: End | null }> {
  const batch: Candidate[] = [];
  while (batch.length < count) {
    const step = await candidates.next();
    if (step.kind !== 'candidate') return { batch, end: step };
    batch.push(step.candidate);
  }
  return { batch, end: null };
}

/** The last place of the walk before a position. */
function lastPlaceBefore(position: Uint8Array, { reverse }: List): Place {
  return { position: neighbour(position, !reverse) ?? position, outputIndex: reverse ? 0 : LAST_OUTPUT };
}
