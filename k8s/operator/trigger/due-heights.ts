/** Which heights are handled. */
export interface HeightRules {
  /** Only multiples of it. */
  readonly every: number;
  /** None below. */
  readonly fromHeight: number;
  /** Only the newest so many. */
  readonly limit: number;
}

export interface DueHeights {
  /** Ascending. */
  readonly heights: readonly number[];
  /** How many are left out because there are more than the limit. */
  readonly skipped: number;
}

/**
 * The heights to handle behind one up to another, both of which may be -1: there are no blocks yet.
 * @param page how many at most are given; there may be more
 */
export function dueHeights(after: number, upTo: number, rules: HeightRules, page: number): DueHeights {
  const { every, fromHeight, limit } = rules;
  const first = Math.ceil((Math.max(after, fromHeight - 1) + 1) / every) * every;
  const count = upTo < first ? 0 : Math.floor((upTo - first) / every) + 1;
  const skipped = Math.max(0, count - limit);
  const length = Math.min(count - skipped, page);
  return { heights: Array.from({ length }, (_, index) => first + (skipped + index) * every), skipped };
}

export function isDue(height: number, { every, fromHeight }: HeightRules): boolean {
  return height >= fromHeight && height % every === 0;
}
