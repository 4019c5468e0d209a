import { compareBytes, mapKey } from '../chain/bytes.ts';
import { compareCommitNumbers } from '../store/commit-number.ts';
import { departedRange, departuresOf, pendingKeyOf, stretchesSince } from '../store/departures.ts';
import { type PostingKind, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { type ChainState, decodeState } from '../store/state.ts';
import type { KeyRange, Page, ReadStore, Row, ScanOptions, StateRecord } from '../store/store.ts';
import { arrivalRange } from './regions.ts';

/** Some postings, in key order or in the reverse of it. */
export interface PostingPage {
  /** Those that count. */
  readonly rows: readonly Row[];
  /** The key up to which all have been looked at; null at the end of the range. */
  readonly end: Uint8Array | null;
}

type Direction = Pick<ScanOptions, 'limit' | 'reverse' | 'isSparse'>;

/**
 * A page of the postings that were pending at a snapshot. Those that have gone since are out of that table: a writer writes them
 * elsewhere, says so, and then removes them. So the table is read first, then the state, and then, where that says so, what
 * has gone.
 */
export async function pendingPage(
  store: ReadStore,
  snapshot: Snapshot,
  range: KeyRange,
  options: Direction,
): Promise<PostingPage> {
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

/** A page of other postings, in the same form. */
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

/** The arrivals of what is pending in a snapshot and has a posting of a kind and key, in their order. */
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
 * The last arrivals, at most so many, of what has a posting of a kind and key and left without being in a block: some of it
 * perhaps behind the snapshot, which its departure tells.
 */
export async function removedWith(
  store: ReadStore,
  snapshot: Snapshot,
  { kind, key }: { readonly kind: PostingKind; readonly key: Uint8Array },
  limit: number,
): Promise<Uint8Array[]> {
  const range = postingRange(postingPrefix(kind, key), arrivalRange(snapshot));
  const [page] = await store.scan('removedPostings', [range], { limit, reverse: true });
  return page!.rows.map((row) => positionOf(row.key)).filter((arrival) => snapshot.seesKey(arrival));
}

const PAGE = 64;
const states = new WeakMap<StateRecord, ChainState>();

/** Many look-ups are told the same record. */
function decodedState(record: StateRecord): ChainState {
  const known = states.get(record);
  if (known !== undefined) return known;
  const state = decodeState(record.value);
  states.set(record, state);
  return state;
}

function hasGoneSince({ commit }: Snapshot, { departed }: ChainState): boolean {
  return departed !== null && compareCommitNumbers(departed, commit) > 0;
}

/** Those that had not gone by the snapshot. */
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
