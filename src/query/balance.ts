import { mapKey } from '../chain/bytes.ts';
import { decodePosition, heightRange } from '../store/position.ts';
import { decodeLockSums, lockKey, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import type { KeyRange, Row } from '../store/store.ts';
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
  const inBlocks = heightRange(0, tip.height);
  const sums = new LockTotals();
  let left: readonly KeyRange[] = lockingScripts.map((script) =>
    postingRange(postingPrefix('lock', lockKey(script)), inBlocks),
  );
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
  const { balance } = sums;
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
