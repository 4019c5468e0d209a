import { BitqlError } from '../errors.ts';
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

/**
 * Adds up the postings of a locking script.
 * @throws BUDGET_EXCEEDED if it has more transactions than the budget allows
 */
export async function balanceOf(reader: ChainReader, lockingScript: Uint8Array, budget: Budget): Promise<Balance> {
  const prefix = postingPrefix('lock', lockKey(lockingScript));
  let balance: Balance = { received: 0, spent: 0, transactionCount: 0 };
  if (budget.exhausted) throw tooMany(balance);
  for await (const { rows, more } of scanPages(reader.store, 'postings', postingRange(prefix), PAGE)) {
    balance = rows
      .filter(({ key }) => reader.snapshot.seesKey(key))
      .reduce((sum, { value }) => add(sum, value), balance);
    budget.spend(Math.max(rows.length, 1));
    if (more && budget.exhausted) throw tooMany(balance);
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

function tooMany({ transactionCount }: Balance): BitqlError {
  return new BitqlError(
    'BUDGET_EXCEEDED',
    `The address has more than ${transactionCount} transactions, which is too many to add up in one request: ask for its transactions or unspent outputs in pages instead.`,
  );
}
