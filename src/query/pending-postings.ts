import { compareBytes, mapKey } from '../chain/bytes.ts';
import { compareCommitNumbers } from '../store/commit-number.ts';
import { departedRange, departuresOf, pendingKeyOf, stretchesSince } from '../store/departures.ts';
import { type PostingKind, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { type ChainState, decodeState } from '../store/state.ts';
import type { KeyRange, Page, ReadStore, Row, ScanOptions, StateRecord } from '../store/store.ts';
import { arrivalRange } from './regions.ts';
import { remembered } from './remembered.ts';

/** Postings in ascending or descending key order. */
export interface PostingPage {
  /** The postings that count. */
  readonly rows: readonly Row[];
  /** The last key that was examined; null at the end of the range. */
  readonly end: Uint8Array | null;
}

type Direction = Pick<ScanOptions, 'limit' | 'reverse' | 'isSparse'>;

/**
 * A page of the postings of transactions that were pending at a snapshot. If they have departed since, a writer has copied them
 * to another table, committed that, and then removed them from this one. So the table is read first, then the state, and then,
 * if the state says so, the departed postings.
 */
export async function pendingPage(
  store: ReadStore,
  snapshot: Snapshot,
  range: KeyRange,
  options: Direction,
): Promise<PostingPage> {
  if (snapshot.isPast) return { rows: [], end: null };
  const { limit, reverse = false, isSparse } = options;
  const { found, state: record } = await store.read(
    [{ table: 'pendingPostings', keys: [], ranges: [range], limit, reverse, isSparse }],
    { withState: true },
  );
  const page = found[0]!.pages[0];
  const now = record === null ? snapshot.state : decodedState(record);
  const stretches = hasGoneSince(snapshot, now) ? stretchesSince(snapshot.commit, now) : [];
  const end = page!.more ? page!.rows.at(-1)!.key : null;
  const here = page!.rows.filter(({ key }) => snapshot.seesKey(key));
  if (stretches.length === 0) return { rows: snapshot.isSettled ? here : await present(here, store, snapshot), end };
  const ranges = stretches.map((stretch) => departedRange(stretch, upTo(range, end, options)));
  const departed = (await store.scan('departedPostings', ranges, options)).map(asPending);
  const ends = [end, ...departed.map(({ rows, more }) => (more ? rows.at(-1)!.key : null))];
  const all = new Map([...departed.flatMap(({ rows }) => rows), ...here].map((row) => [mapKey(row.key), row]));
  const sign = options.reverse === true ? -1 : 1;
  const order = (a: Uint8Array, b: Uint8Array) => sign * compareBytes(a, b);
  const nearest = ends.filter((key) => key !== null).sort(order)[0] ?? null;
  const rows = [...all.values()]
    .filter(({ key }) => snapshot.seesKey(key) && (nearest === null || order(key, nearest) <= 0))
    .sort((a, b) => order(a.key, b.key));
  return { rows: await present(rows, store, snapshot), end: nearest };
}

/** A page of another table of postings, in the same form. */
export async function postingPage(
  store: ReadStore,
  table: 'postings' | 'removedPostings',
  range: KeyRange,
  options: Direction,
): Promise<PostingPage> {
  const [page] = await store.scan(table, [range], options);
  const { rows, more } = page!;
  return { rows, end: more ? rows.at(-1)!.key : null };
}

/** The arrivals of transactions that are pending in a snapshot and have a posting of a kind and key, in their order. */
export async function pendingWith(
  store: ReadStore,
  snapshot: Snapshot,
  kind: PostingKind,
  key: Uint8Array,
): Promise<Uint8Array[]> {
  const { min, max } = postingRange(postingPrefix(kind, key));
  const found: Uint8Array[] = [];
  for (let from: Uint8Array | null = min; from !== null; ) {
    const page = await pendingPage(store, snapshot, { min: from, max }, { limit: PAGE, isSparse: true });
    found.push(...page.rows.map((row) => positionOf(row.key)));
    from = page.end === null ? null : successor(page.end);
  }
  return found;
}

/**
 * The last arrivals, at most `limit`, of transactions that have a posting of a kind and key and left the mempool without being in a
 * block. Some may have left after the snapshot, which their departures show.
 */
export async function removedWith(
  store: ReadStore,
  snapshot: Snapshot,
  { kind, key }: { readonly kind: PostingKind; readonly key: Uint8Array },
  limit: number,
): Promise<Uint8Array[]> {
  if (snapshot.isPast) return [];
  const range = postingRange(postingPrefix(kind, key), arrivalRange(snapshot));
  const [page] = await store.scan('removedPostings', [range], { limit, reverse: true });
  return page!.rows.map((row) => positionOf(row.key)).filter((arrival) => snapshot.seesKey(arrival));
}

const PAGE = 64;
const states = new WeakMap<StateRecord, ChainState>();

/** Decodes a record once, because many look-ups get the same one. */
function decodedState(record: StateRecord): ChainState {
  return remembered(states, record, ({ value }) => decodeState(value));
}

function hasGoneSince({ commit }: Snapshot, { departed }: ChainState): boolean {
  return departed !== null && compareCommitNumbers(departed, commit) > 0;
}

/** The rows whose transactions had not departed by the snapshot. */
async function present(rows: readonly Row[], store: ReadStore, snapshot: Snapshot): Promise<Row[]> {
  const departures = await departuresOf(
    store,
    snapshot,
    rows.map(({ key }) => positionOf(key)),
  );
  return rows.filter((_, i) => departures[i] === null);
}

function upTo({ min, max }: KeyRange, end: Uint8Array | null, { reverse }: Direction): KeyRange {
  if (end === null) return { min, max };
  return reverse === true ? { min: end, max } : { min, max: end };
}

function asPending({ rows, more }: Page): Page {
  return { rows: rows.map(({ key, value }) => ({ key: pendingKeyOf(key), value })), more };
}
