import { BitqlError } from '../errors.ts';
import { lockKey, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { decodeLockSums } from '../store/records/postings.ts';
import type { KeyRange } from '../store/store.ts';
import type { Budget } from './budget.ts';
import type { ChainReader } from './reader.ts';
import { neighbour } from './source.ts';

/** The sums of a locking script over the indexed blocks, in satoshis; what is unconfirmed does not count. */
export interface Balance {
  readonly received: number;
  readonly spent: number;
  readonly transactionCount: number;
}

const PAGE = 4_096;

/**
 * Folds the postings of a locking script.
 * @throws BUDGET_EXCEEDED where it has more transactions than the budget allows
 */
export async function balanceOf(reader: ChainReader, lockingScript: Uint8Array, budget: Budget): Promise<Balance> {
  const prefix = postingPrefix('lock', lockKey(lockingScript));
  let balance: Balance = { received: 0, spent: 0, transactionCount: 0 };
  let range: KeyRange | null = postingRange(prefix);
  while (range !== null) {
    if (budget.exhausted) throw tooMany(balance);
    const [page] = await reader.store.scan('postings', [range], { limit: PAGE });
    balance = page!.rows
      .filter(({ key }) => reader.snapshot.seesKey(key))
      .reduce((sum, { value }) => add(sum, value), balance);
    budget.spend(Math.max(page!.rows.length, 1));
    range = page!.more ? rangeBehind(prefix, page!.rows.at(-1)!.key, range) : null;
  }
  return balance;
}

function add({ received, spent, transactionCount }: Balance, value: Uint8Array): Balance {
  const sums = decodeLockSums(value);
  return {
    received: received + (sums.received ?? 0),
    spent: spent + sums.spent,
    transactionCount: transactionCount + 1,
  };
}

function rangeBehind(prefix: Uint8Array, last: Uint8Array, { max }: KeyRange): KeyRange | null {
  const next = neighbour(positionOf(last), false);
  return next === null ? null : postingRange(prefix, { min: next, max: positionOf(max) });
}

function tooMany({ transactionCount }: Balance): BitqlError {
  return new BitqlError(
    'BUDGET_EXCEEDED',
    `The address has more than ${transactionCount} transactions, too many to sum up in one request: ask for its transactions or unspent outputs in pages instead.`,
  );
}
