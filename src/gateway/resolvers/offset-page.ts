import { BitqlError } from '../../errors.ts';

/** The most members of a transaction (inputs, outputs), or of an output (pushes), in one list. */
export const MAX_ITEMS = 1_000;

/** The part of a list that is asked for by its place. */
export interface OffsetPage {
  readonly first: number;
  readonly offset: number;
}

/** @throws BAD_QUERY */
export function requireOffsetPage({ first, offset }: OffsetPage): OffsetPage {
  if (first < 1 || first > MAX_ITEMS) {
    throw new BitqlError('BAD_QUERY', `\`first\` must be from 1 to ${MAX_ITEMS}, not ${first}.`);
  }
  if (offset < 0) throw new BitqlError('BAD_QUERY', `\`offset\` counts from 0, it cannot be ${offset}.`);
  return { first, offset };
}

/** The items of a list with so many. @throws BAD_QUERY */
export function offsetPageOf<T>(count: number, page: OffsetPage, itemAt: (index: number) => T): T[] {
  const { first, offset } = requireOffsetPage(page);
  return Array.from({ length: Math.max(0, Math.min(first, count - offset)) }, (_, i) => itemAt(offset + i));
}
