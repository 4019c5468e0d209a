import { mapKey } from '../chain/bytes.ts';
import { decodePosition, heightRange } from '../store/position.ts';
import { decodeLockSums, lockKey, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import type { KeyRange, Page, Row } from '../store/store.ts';
import { decodeSummed, endOfSummed, isSingle, type SummedPostings } from '../store/summed-postings.ts';
import type { ChainReader } from './reader.ts';
import type { Budget } from './work.ts';

/** Sums of locking scripts over the indexed blocks, in satoshis; unconfirmed transactions do not count. */
export interface Balance {
  readonly received: number;
  readonly spent: number;
  /** Each counts once, also if it touches several of the scripts. */
  readonly transactionCount: number;
}

export const NO_BALANCE: Balance = { received: 0, spent: 0, transactionCount: 0 };

/** What the sums are at least, where the budget did not suffice for all. */
export interface PartialBalance extends Balance {
  /** All blocks up to this height are included; null if none is. */
  readonly upToHeight: number | null;
}

/** Sums, of which one is null: the whole, or the part that the budget allowed. */
export type AddedUp =
  | { readonly whole: Balance; readonly part: null }
  | { readonly whole: null; readonly part: PartialBalance };

/** Postings that are only added up cost as much as one row that is examined. */
const POSTINGS_OF_ROW = 8;

/** The rows of a page of one script: pages grow, since a request may add up many scripts at once, and most of them have few. */
const FIRST_PAGE = 64;
const LAST_PAGE = 4_096;

/** Adds up the postings of some different locking scripts, a page of each at a time, as far as the budget goes. */
export async function addUp(
  reader: ChainReader,
  lockingScripts: readonly Uint8Array[],
  budget: Budget,
): Promise<AddedUp> {
  const { tip } = reader.snapshot;
  if (tip === null) return { whole: NO_BALANCE, part: null };
  const ranges = lockingScripts.map((script) =>
    postingRange(postingPrefix('lock', lockKey(script)), heightRange(0, tip.height)),
  );
  const [range, ...others] = ranges;
  if (range !== undefined && others.length === 0) return addUpOne(reader, range, budget);
  return addUpMany(reader, ranges, budget);
}

/** A transaction that has several of the scripts counts once, so each posting is looked at. */
async function addUpMany(reader: ChainReader, ranges: readonly KeyRange[], budget: Budget): Promise<AddedUp> {
  const sums = new LockTotals();
  let left = ranges;
  for (let limit = FIRST_PAGE; left.length > 0 && !budget.exhausted; limit = Math.min(2 * limit, LAST_PAGE)) {
    const pages = await reader.store.scan('postings', left, { limit });
    for (const { rows } of pages) {
      budget.spend(Math.ceil(Math.max(rows.length, 1) / POSTINGS_OF_ROW));
      for (const row of rows) if (reader.snapshot.seesKey(row.key)) sums.add(row);
    }
    left = left.flatMap(({ max }, i) => {
      const { rows, more } = pages[i]!;
      return more ? [{ min: successor(rows.at(-1)!.key), max }] : [];
    });
  }
  return addedUp(sums.balance, left);
}

/** The sums of whole pages are in the store. They count if all their blocks do; otherwise each posting is looked at. */
async function addUpOne(reader: ChainReader, range: KeyRange, budget: Budget): Promise<AddedUp> {
  let balance = NO_BALANCE;
  let left: KeyRange | null = range;
  for (let limit = FIRST_PAGE; left !== null && !budget.exhausted; limit = Math.min(2 * limit, LAST_PAGE)) {
    const [page]: Page[] = await reader.store.scan('summedPostings', [left], { limit });
    const { rows, more } = page!;
    budget.spend(Math.ceil(Math.max(rows.length, 1) / POSTINGS_OF_ROW));
    for (const row of rows) balance = plus(balance, await visiblePart(reader, row, budget));
    left = more ? { min: successor(endOfSummed(rows.at(-1)!)), max: left.max } : null;
  }
  return addedUp(balance, left === null ? [] : [left]);
}

/** The sums of those of a row's postings that the snapshot sees. */
async function visiblePart(reader: ChainReader, row: Row, budget: Budget): Promise<Balance> {
  const { snapshot, store } = reader;
  const summed = decodeSummed(row);
  if (isSingle(row.value)) return snapshot.seesKey(row.key) ? balanceOf(summed) : NO_BALANCE;
  const [first, last] = [decodePosition(summed.first), decodePosition(summed.last)];
  if (snapshot.seesAll(first.height, last.height)) return balanceOf(summed);
  const [page] = await store.scan('postings', [{ min: row.key, max: endOfSummed(row) }], { limit: summed.count });
  budget.spend(Math.ceil(page!.rows.length / POSTINGS_OF_ROW));
  const seen = page!.rows.filter(({ key }) => snapshot.seesKey(key));
  return seen.reduce((sum, { value }) => plusPosting(sum, value), NO_BALANCE);
}

function balanceOf({ received, spent, count }: SummedPostings): Balance {
  return { received, spent, transactionCount: count };
}

function plus(a: Balance, b: Balance): Balance {
  return {
    received: a.received + b.received,
    spent: a.spent + b.spent,
    transactionCount: a.transactionCount + b.transactionCount,
  };
}

/** @param left the ranges that the budget did not suffice for */
function addedUp(balance: Balance, left: readonly KeyRange[]): AddedUp {
  if (left.length === 0) return { whole: balance, part: null };
  // The block of the next row may be included in part.
  const upTo = Math.min(...left.map(({ min }) => decodePosition(min).height)) - 1;
  return { whole: null, part: { ...balance, upToHeight: upTo < 0 ? null : upTo } };
}

/** The sums with one more transaction, from the value of its posting. */
export function plusPosting({ received, spent, transactionCount }: Balance, value: Uint8Array): Balance {
  const sums = decodeLockSums(value);
  return {
    received: received + (sums.received ?? 0),
    spent: spent + sums.spent,
    transactionCount: transactionCount + 1,
  };
}

/** Sums of postings of several scripts: a transaction that has several counts once. */
export class LockTotals {
  #received = 0;
  #spent = 0;
  readonly #transactions = new Set<string>();

  add({ key, value }: Row): void {
    const { received, spent } = decodeLockSums(value);
    this.#received += received ?? 0;
    this.#spent += spent;
    this.#transactions.add(mapKey(positionOf(key)));
  }

  get balance(): Balance {
    return { received: this.#received, spent: this.#spent, transactionCount: this.#transactions.size };
  }
}
