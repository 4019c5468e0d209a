import { BitqlError } from '../../errors.ts';

/** The most members of a transaction (inputs, outputs), or of an output (pushes), in one list. */
export const MAX_ITEMS = 1_000;

/** The part of a list that is asked for by its place. */
export interface OffsetPage {
  /** As many as there may be, if not given. */
  readonly first?: number | null | undefined;
  readonly offset: number;
}

/** Where such a part begins, and how many items it has. */
export interface OffsetRange {
  readonly offset: number;
  readonly length: number;
}

/** The part of a list with so many items that is there. @throws BAD_QUERY */
export function stretchOf(count: number, { first, offset }: OffsetPage): OffsetRange {
  const most = first ?? MAX_ITEMS;
  if (most < 1 || most > MAX_ITEMS) {
    throw new BitqlError('BAD_QUERY', `\`first\` must be from 1 to ${MAX_ITEMS}, not ${most}.`);
  }
  if (offset < 0) throw new BitqlError('BAD_QUERY', `\`offset\` must be at least 0, not ${offset}.`);
  return { offset, length: Math.max(0, Math.min(most, count - offset)) };
}
