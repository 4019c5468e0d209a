import { BitqlError } from '../errors.ts';
import { isArrival } from '../store/commit-number.ts';
import { comparePositions, decodePosition, neighbour, type Position } from '../store/position.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { decodeState } from '../store/state.ts';
import type { KeyRange } from '../store/store.ts';
import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  type Fingerprint,
  fingerprintOf,
  reorganised,
  requirePending,
  snapshotOf,
} from './cursor.ts';
import type { Order } from './filter.ts';
import type { ChainReader } from './reader.ts';

/** The arguments of a connection (Relay's cursor connections): `first` for a page from the front, `last` from the back. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface PageInfo {
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** The page ended because the budget was used up; there may be more after its cursor. */
  readonly budgetExhausted: boolean;
}

export interface ListPage<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: PageInfo;
}

/** A place in a list: a position and, in a list of outputs, the index of an output. */
export interface ListPlace {
  readonly position: Uint8Array;
  readonly outputIndex: number;
}

/** A member of a list and its place. */
export interface Item<T> extends ListPlace {
  readonly node: T;
}

/** The items that were found: at most one more than asked for, which shows that there are more. */
export interface FoundItems<T> {
  readonly items: readonly Item<T>[];
  /** Where the budget was used up: everything up to and including this place has been examined. */
  readonly exhaustedAt: ListPlace | null;
}

/** A request for a page of a list. */
export interface ListRequest {
  /** The parameters that identify the list, such as its filter. A cursor of another list is refused. */
  readonly identity: unknown;
  readonly order: Order;
  readonly args: PageArguments;
  /** A block to treat as if it were on the main chain [none]. */
  readonly stale?: Pick<Position, 'height' | 'fork'> | null;
}

const MAX_PAGE = 100;
const DEFAULT_PAGE = 25;

/** An ordered list, as one request reads it. */
export class List {
  readonly count: number;
  /** The snapshot that the list is read from: that of its cursor, so that all pages show the same chain. */
  readonly snapshot: Snapshot;
  /** Whether positions are read in descending order. */
  readonly reverse: boolean;
  readonly #fingerprint: Fingerprint;
  readonly #newestFirst: boolean;
  readonly #fromBack: boolean;
  readonly #after: Cursor | null;
  readonly #before: Cursor | null;

  /** Whether the list depends on what was pending. */
  #needsPending = false;

  private constructor(snapshot: Snapshot, order: Order, args: PageArguments, print: Fingerprint) {
    this.snapshot = snapshot;
    this.count = pageSize(args);
    this.#fromBack = args.last != null;
    this.#newestFirst = order === 'NEWEST_FIRST';
    this.reverse = this.#newestFirst !== this.#fromBack;
    this.#fingerprint = print;
    this.#after = args.after == null ? null : decodeCursor(args.after, print);
    this.#before = args.before == null ? null : decodeCursor(args.before, print);
  }

  /** @throws BAD_QUERY, BAD_CURSOR, CURSOR_EXPIRED */
  static async open(reader: ChainReader, { order, args, identity, stale = null }: ListRequest): Promise<List> {
    const print = fingerprintOf([identity, stale, order], reader);
    const shown = (snapshot: Snapshot) => (stale === null ? snapshot : snapshot.withStale(stale));
    const list = new List(shown(reader.snapshot), order, args, print);
    const cursor = list.#after ?? list.#before;
    if (cursor === null) return list;
    return new List(shown(await snapshotOf(cursor, reader)), order, args, print);
  }

  /** One more than the size of the page, which shows whether there are more. */
  get wanted(): number {
    return this.count + 1;
  }

  /**
   * The part of some positions that the cursors leave; null if nothing is left.
   * @throws CURSOR_EXPIRED where unconfirmed transactions are in it that are forgotten, or blocks that are gone
   */
  within({ min, max }: KeyRange, sharePosition = false): KeyRange | null {
    const [low, high] = this.#newestFirst ? [this.#before, this.#after] : [this.#after, this.#before];
    const from = low === null ? min : beyond(low, false, sharePosition);
    const to = high === null ? max : beyond(high, true, sharePosition);
    if (from === null || to === null) return null;
    const range = { min: comparePositions(from, min) > 0 ? from : min, max: comparePositions(to, max) < 0 ? to : max };
    if (comparePositions(range.min, range.max) > 0) return null;
    if (isArrival(range.max)) this.needPending();
    else if (!this.snapshot.holds(decodePosition(range.max).height)) throw reorganised();
    return range;
  }

  /**
   * Must be called if the list depends on what was pending at its commit.
   * @throws CURSOR_EXPIRED if that is no longer stored
   */
  needPending(): void {
    if (this.snapshot.isPast) return;
    this.#needsPending = true;
    if (this.snapshot.fork !== null) throw reorganised();
    requirePending(this.snapshot, this.snapshot.state);
  }

  /** Whether a place is between the cursors, for lists in which several places share a position. */
  holds(place: ListPlace): boolean {
    return isBehind(place, this.#after, this.#newestFirst) && isBehind(place, this.#before, !this.#newestFirst);
  }

  /**
   * The page of the items that were found.
   * @throws CURSOR_EXPIRED if what was pending has been removed from the store meanwhile
   */
  async page<T>(found: FoundItems<T>, { store }: ChainReader): Promise<ListPage<T>> {
    // Rows are removed only after the commit that says so.
    if (this.#needsPending && (this.#after ?? this.#before) !== null) {
      const record = await store.readState();
      if (record !== null) requirePending(this.snapshot, decodeState(record.value));
    }
    return this.#page(found);
  }

  #page<T>({ items, exhaustedAt }: FoundItems<T>): ListPage<T> {
    const kept = items.slice(0, this.count);
    const exhausted = exhaustedAt !== null && items.length <= this.count;
    const more = items.length > this.count || exhausted;
    const cursorOf = (place: ListPlace) => this.#cursor(place);
    const edges = kept.map((item) => new Edge(item, cursorOf));
    if (this.#fromBack) edges.reverse();
    const stopped = exhausted ? this.#cursor(exhaustedAt) : null;
    const [start, end] = this.#fromBack ? [stopped, null] : [null, stopped];
    return {
      edges,
      pageInfo: {
        get startCursor() {
          return start ?? edges[0]?.cursor ?? null;
        },
        get endCursor() {
          return end ?? edges.at(-1)?.cursor ?? null;
        },
        hasNextPage: this.#fromBack ? this.#before !== null : more,
        hasPreviousPage: this.#fromBack ? more : this.#after !== null,
        budgetExhausted: exhausted,
      },
    };
  }

  #cursor(place: ListPlace): string {
    const { tip, commit } = this.snapshot;
    return encodeCursor(this.#fingerprint, { tip: tip!, commit }, place);
  }
}

/** A member of a page, whose cursor is made on request. */
class Edge<T> {
  readonly node: T;
  readonly #place: ListPlace;
  readonly #cursorOf: (place: ListPlace) => string;

  constructor(item: Item<T>, cursorOf: (place: ListPlace) => string) {
    this.node = item.node;
    this.#place = item;
    this.#cursorOf = cursorOf;
  }

  get cursor(): string {
    return this.#cursorOf(this.#place);
  }
}

function pageSize({ first, last }: PageArguments): number {
  if (first != null && last != null) throw new BitqlError('BAD_QUERY', 'Give `first` or `last`, not both.');
  const count = first ?? last ?? DEFAULT_PAGE;
  if (count < 1 || count > MAX_PAGE) {
    throw new BitqlError(
      'BAD_QUERY',
      `\`${last == null ? 'first' : 'last'}\` must be from 1 to ${MAX_PAGE}, not ${count}.`,
    );
  }
  return count;
}

/** The first position after a cursor; its own if several places may share a position. */
function beyond({ position }: Cursor, reverse: boolean, sharePosition: boolean): Uint8Array | null {
  return sharePosition ? position : neighbour(position, reverse);
}

function isBehind(place: ListPlace, cursor: Cursor | null, descending: boolean): boolean {
  if (cursor === null) return true;
  const order = comparePositions(place.position, cursor.position) || place.outputIndex - cursor.outputIndex;
  return descending ? order < 0 : order > 0;
}
