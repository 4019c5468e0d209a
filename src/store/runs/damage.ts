import { compareBytes } from '../../chain/bytes.ts';
import { decodePosition } from '../position.ts';
import type { RowStore } from '../store.ts';
import { PageCursor, readablePage } from './page.ts';
import { type DamagedRun, isFilter, isOfRows, type KeyGap, pageKeysOf, type Run, runPageIn } from './run.ts';

/** Pages that are read together. */
const PAGES_AT_ONCE = 64;

/** Reads all pages of a run. @returns null if all can be read */
export async function damageOf(rows: RowStore, run: Run, signal: AbortSignal): Promise<DamagedRun | null> {
  const search = new DamageSearch();
  for (const keys of pageKeysOf(run, PAGES_AT_ONCE)) {
    signal.throwIfAborted();
    const values = await rows.get('runPages', keys, { onDamage: () => {} });
    for (const [i, value] of values.entries()) search.add(keys[i]!, value);
  }
  const { pages, lost } = search.finish();
  return pages.length === 0 ? null : { run, pages, lost };
}

class DamageSearch {
  readonly #pages: Uint8Array[] = [];
  readonly #lost: KeyGap[] = [];
  /** The last key before the damaged pages that came last; undefined if the last page was readable. */
  #after: Uint8Array | null | undefined;
  #last: Uint8Array | null = null;

  add(key: Uint8Array, value: Uint8Array | null): void {
    const { page } = runPageIn(key);
    const rows = value === null || isFilter(page) ? value : readablePage(value);
    if (rows === null) this.#pages.push(key);
    if (!isOfRows(page)) return;
    if (rows === null) {
      if (this.#after === undefined) this.#after = this.#last;
      return;
    }
    const cursor = new PageCursor(rows);
    if (!cursor.next()) return;
    if (this.#after !== undefined) this.#lost.push({ after: this.#after, before: cursor.key });
    this.#after = undefined;
    do this.#last = cursor.key;
    while (cursor.next());
  }

  finish(): Pick<DamagedRun, 'pages' | 'lost'> {
    if (this.#after !== undefined) this.#lost.push({ after: this.#after, before: null });
    return { pages: this.#pages, lost: this.#lost };
  }
}

/** Whether a posting may have been in a page that cannot be read. */
export function isPerhapsLost(damaged: readonly DamagedRun[], key: Uint8Array): boolean {
  const { height } = decodePosition(key);
  return damaged.some(
    ({ run: { heights }, lost }) => heights[0] <= height && height <= heights[1] && isInGap(lost, key),
  );
}

/** Looks for a key in gaps that are in key order. */
function isInGap(gaps: readonly KeyGap[], key: Uint8Array): boolean {
  let [low, high] = [0, gaps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { before } = gaps[middle]!;
    if (before === null || compareBytes(key, before) < 0) high = middle;
    else low = middle + 1;
  }
  const gap = gaps[low];
  return gap !== undefined && (gap.after === null || compareBytes(gap.after, key) < 0);
}
