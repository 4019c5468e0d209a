import { BitqlError } from '../errors.ts';
import { heightRange } from '../store/position.ts';
import { decodeLockSums, lockKey, postingPrefix, postingRange } from '../store/postings.ts';
import { scanPages } from '../store/scan-pages.ts';
import type { ChainReader } from './reader.ts';
import type { Budget } from './work.ts';

/** Sums of a locking script over the indexed blocks, in satoshis; unconfirmed transactions do not count. */
export interface Balance {
  readonly received: number;
  readonly spent: number;
  readonly transactionCount: number;
}

const PAGE = 4_096;
export const NO_BALANCE: Balance = { received: 0, spent: 0, transactionCount: 0 };

/**
 * Adds up the postings of a locking script.
 * @throws BUDGET_EXCEEDED if it has more transactions than the budget allows
 */
export async function balanceOf(reader: ChainReader, lockingScript: Uint8Array, budget: Budget): Promise<Balance> {
  const { tip } = reader.snapshot;
  if (tip === null) return NO_BALANCE;
  const range = postingRange(postingPrefix('lock', lockKey(lockingScript)), heightRange(0, tip.height));
  let balance = NO_BALANCE;
  if (budget.exhausted) throw tooMany(balance);
  for await (const { rows, more } of scanPages(reader.store, 'postings', range, PAGE)) {
    balance = rows
      .filter(({ key }) => reader.snapshot.seesKey(key))
      .reduce((sum, { value }) => plusPosting(sum, value), balance);
    budget.spend(Math.max(rows.length, 1));
    if (more && budget.exhausted) throw tooMany(balance);
  }
  return balance;
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

function tooMany({ transactionCount }: Balance): BitqlError {
  return new BitqlError(
    'BUDGET_EXCEEDED',
    `The address has more than ${transactionCount} transactions, which is too many to add up in one request: ask for its transactions or unspent outputs in pages instead.`,
  );
}
