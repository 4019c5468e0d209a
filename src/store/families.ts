import { addRange, rangesWithin } from './height-ranges.ts';
import { FAMILY_NAMES, familyOf, POSTING_FAMILIES, type PostingFamily, type PostingKind } from './postings.ts';
import type { ChainState, FamilyState, FamilyStates, HeightRange } from './state.ts';

/** The families of an index, whether they are complete or still being filled in. */
export function heldFamilies({ families: { held } }: Pick<ChainState, 'families'>): ReadonlySet<PostingFamily> {
  return new Set(FAMILY_NAMES.filter((family) => held[family] !== undefined));
}

/** The heights at which a family is complete, ascending; none if the index does not have it. */
export function familyCoverage(
  { families }: Pick<ChainState, 'families'>,
  family: PostingFamily,
): readonly HeightRange[] {
  return families.held[family]?.coverage ?? [];
}

/** The families of which all unconfirmed transactions, and those that left the mempool, have their postings. */
export function pendingFamilies({ families: { held } }: Pick<ChainState, 'families'>): ReadonlySet<PostingFamily> {
  return new Set(FAMILY_NAMES.filter((family) => held[family]?.since != null));
}

/** The families of which the index has all postings, of every block and every unconfirmed transaction. */
export function completeFamilies(state: ChainState): ReadonlySet<PostingFamily> {
  return new Set([...pendingFamilies(state)].filter((family) => missingHeights(state, family).length === 0));
}

/** The families of which all blocks of a height have their postings. */
export function familiesAt(state: Pick<ChainState, 'families'>, height: number): ReadonlySet<PostingFamily> {
  const covers = (family: PostingFamily) =>
    familyCoverage(state, family).some(([from, to]) => from <= height && height <= to);
  return new Set(FAMILY_NAMES.filter(covers));
}

/** Whether an index has all postings of a kind at a height. */
export function isKindComplete(kind: PostingKind, state: Pick<ChainState, 'families'>, height: number): boolean {
  const family = familyOf(kind);
  return family === null || familiesAt(state, height).has(family);
}

/** The indexed heights at which a family is missing, ascending. */
export function missingHeights(state: ChainState, family: PostingFamily): HeightRange[] {
  const missing: HeightRange[] = [];
  for (const [from, to] of state.coverage) {
    let next = from;
    for (const [start, end] of rangesWithin(familyCoverage(state, family), [from, to])) {
      if (start > next) missing.push([next, start - 1]);
      next = end + 1;
    }
    if (next <= to) missing.push([next, to]);
  }
  return missing;
}

/** The number of indexed blocks that lack a family which the index is to have. */
export function blocksLackingFamilies(state: ChainState): number {
  let lacking: HeightRange[] = [];
  for (const family of heldFamilies(state))
    for (const range of missingHeights(state, family)) lacking = addRange(lacking, range);
  return lacking.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/**
 * The families of an index with some more. A new index has the usual ones as well, and nothing in it lacks their postings.
 * @param wanted those that it is to have
 */
export function withFamilies(state: ChainState, wanted: Iterable<PostingFamily>): FamilyStates {
  const { epoch, families, tip } = state;
  const isNew = tip === null && state.coverage.length === 0;
  const usual = isNew ? FAMILY_NAMES.filter((family) => POSTING_FAMILIES[family].isUsual) : [];
  const begun: FamilyState = { coverage: [], since: isNew ? { epoch, counter: 0 } : null };
  const added = [...usual, ...wanted].map((family) => [family, begun] as const);
  return { epoch, held: { ...Object.fromEntries(added), ...families.held } };
}

/** How a commit changes the indexed heights. */
export interface HeightChange {
  /** From this height on, the former blocks are no longer on the main chain; null if all still are. */
  readonly removedFrom: number | null;
  /** The heights whose blocks were written, with all families; null for none. */
  readonly written: HeightRange | null;
}

/** The families after a change of the main chain. */
export function familiesAfter({ families }: ChainState, { removedFrom, written }: HeightChange): FamilyStates {
  const coverageAfter = (coverage: readonly HeightRange[]) => {
    const kept = removedFrom === null ? coverage : rangesWithin(coverage, [0, removedFrom - 1]);
    return written === null ? kept : addRange(kept, written);
  };
  return withEach(families, (state) => ({ ...state, coverage: coverageAfter(state.coverage) }));
}

/** The families after some of them were filled in at some heights, as far as these are still indexed. */
export function familiesFilled(
  { families, coverage }: ChainState,
  filled: ReadonlySet<PostingFamily>,
  heights: HeightRange,
): FamilyStates {
  const indexed = rangesWithin(coverage, heights);
  return withEach(families, (state, family) =>
    filled.has(family)
      ? {
          ...state,
          coverage: indexed.reduce<readonly HeightRange[]>((all, range) => addRange(all, range), state.coverage),
        }
      : state,
  );
}

/** The same families with a change of each. */
export function withEach(
  { epoch, held }: FamilyStates,
  change: (state: FamilyState, family: PostingFamily) => FamilyState,
): FamilyStates {
  const entries = FAMILY_NAMES.flatMap((family) => {
    const state = held[family];
    return state === undefined ? [] : [[family, change(state, family)] as const];
  });
  return { epoch, held: Object.fromEntries(entries) };
}
