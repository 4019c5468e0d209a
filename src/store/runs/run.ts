/** The name of a run: the epoch of its writer, and its number within that epoch. */
export interface RunId {
  readonly epoch: number;
  readonly number: number;
}

/** A sorted run of postings: pages that never change. It counts if the state names it. */
export interface Run extends RunId {
  /** The number of its postings. */
  readonly rows: number;
  /** The number of its pages with postings. */
  readonly pages: number;
  /** The number of pages of its filter; 0 if it has none. */
  readonly filters: number;
  /** The lowest and the highest height of its postings. */
  readonly heights: readonly [lowest: number, highest: number];
  /** The bounds of the keys that count, as hex: from the first one on, and below the second one. */
  readonly keys: KeyBounds;
  /** Its first page that counts: the postings of earlier ones are in another run by now. */
  readonly firstPage: number;
  /** The name of the series: the runs that one merge has made, each with higher keys than the one before. */
  readonly series: string;
  /** The series that a merge under way makes of this one and others; null if there is none. */
  readonly into: string | null;
}

/** Null for no bound. */
export type KeyBounds = readonly [from: string | null, below: string | null];

/** What has just been built: all postings of all keys. */
export function wholeRun(id: RunId, built: Pick<Run, 'rows' | 'pages' | 'filters' | 'heights'>): Run {
  return { ...id, ...built, keys: [null, null], firstPage: 0, series: runName(id), into: null };
}

/** Keys between two others, both not included; null for no bound. */
export interface KeyGap {
  readonly after: Uint8Array | null;
  readonly before: Uint8Array | null;
}

/** A run with pages that cannot be read. */
export interface DamagedRun {
  readonly run: Run;
  /** The keys of these pages. */
  readonly pages: readonly Uint8Array[];
  /** Between which keys of postings some are lost, in key order; none if only first keys or parts of the filter are damaged. */
  readonly lost: readonly KeyGap[];
}

/** The most first keys in one page of an index. */
export const FANOUT = 256;
/** The levels of pages: postings, the first keys of the pages of the level below, and the filter. */
export const ROWS = 0;
const FILTER = 15;
const LEVEL_BITS = 28;

/** The number of a page in the key of its row. */
export function pageNumber(level: number, index: number): number {
  return level * 2 ** LEVEL_BITS + index;
}

export function filterPage(index: number): number {
  return pageNumber(FILTER, index);
}

/** Whether a page has postings. */
export function isOfRows(page: number): boolean {
  return page < 2 ** LEVEL_BITS;
}

export function isFilter(page: number): boolean {
  return page >= filterPage(0);
}

/** How many pages each level has, from the postings up to the only page of the highest level. */
export function levelsOf({ pages }: Pick<Run, 'pages'>): number[] {
  const levels = [pages];
  while (levels.at(-1)! > 1) levels.push(Math.ceil(levels.at(-1)! / FANOUT));
  return levels;
}

/** The numbers of all pages of a run that count. */
export function* pagesOf(run: Run): Generator<number> {
  for (const [level, count] of levelsOf(run).entries()) {
    for (let index = level === ROWS ? run.firstPage : 0; index < count; index++) yield pageNumber(level, index);
  }
  for (let index = 0; index < run.filters; index++) yield filterPage(index);
}

const NUMBER_AT = 3;
const PAGE_AT = 7;
const KEY_LENGTH = 11;

/** The key of a page: epoch (3), number (4), page (4). All keys have one length, because MongoDB compares lengths first. */
export function runPageKey({ epoch, number }: RunId, page: number): Uint8Array {
  const key = new Uint8Array(KEY_LENGTH);
  const view = new DataView(key.buffer);
  view.setUint32(0, epoch << 8);
  view.setUint32(NUMBER_AT, number);
  view.setUint32(PAGE_AT, page);
  return key;
}

/** The keys of all pages of a run that count, at most so many at a time. */
export function pageKeysOf(run: Run, atOnce: number): Generator<Uint8Array[]> {
  return keysOf(run, pagesOf(run), atOnce);
}

/** The keys of the pages with postings that no longer count in `run`, but did in `before`. */
export function passedPageKeys(before: Run, run: Run, atOnce: number): Generator<Uint8Array[]> {
  return keysOf(run, pagesOfRows(before.firstPage, run.firstPage), atOnce);
}

function* pagesOfRows(from: number, end: number): Generator<number> {
  for (let index = from; index < end; index++) yield pageNumber(ROWS, index);
}

function* keysOf(run: RunId, pages: Iterable<number>, atOnce: number): Generator<Uint8Array[]> {
  let keys: Uint8Array[] = [];
  for (const page of pages) {
    keys.push(runPageKey(run, page));
    if (keys.length < atOnce) continue;
    yield keys;
    keys = [];
  }
  if (keys.length > 0) yield keys;
}

/** The run and the page in a key. */
export function runPageIn(key: Uint8Array): RunId & { readonly page: number } {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  return { epoch: view.getUint32(0) >>> 8, number: view.getUint32(NUMBER_AT), page: view.getUint32(PAGE_AT) };
}

/** The name of a run as text. */
export function runName({ epoch, number }: RunId): string {
  return `${epoch}.${number}`;
}

/** How messages call a page. */
export function pageName(key: Uint8Array): string {
  const { page, ...run } = runPageIn(key);
  const level = Math.floor(page / 2 ** LEVEL_BITS);
  const what = level === ROWS ? 'page' : level === FILTER ? 'page of the filter' : `page of level ${level}`;
  return `${what} ${page % 2 ** LEVEL_BITS} of run ${runName(run)}`;
}
