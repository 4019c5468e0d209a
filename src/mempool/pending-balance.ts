import { BitqlError } from '../errors.ts';
import type { Balance } from '../query/balance.ts';
import { pendingPage } from '../query/pending-postings.ts';
import type { ChainReader } from '../query/reader.ts';
import type { Budget } from '../query/work.ts';
import { decodeLockSums, lockKey, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';

const PAGE = 1_024;

/**
 * What pending transactions pay to a locking script and spend from it.
 * @throws BUDGET_EXCEEDED if there are more of them than the budget allows
 */
export async function pendingBalanceOf(
  reader: ChainReader,
  lockingScript: Uint8Array,
  budget: Budget,
): Promise<Balance> {
  const { min, max } = postingRange(postingPrefix('lock', lockKey(lockingScript)));
  let balance: Balance = { received: 0, spent: 0, transactionCount: 0 };
  for (let from: Uint8Array | null = min; from !== null; ) {
    if (budget.exhausted) throw tooMany(balance);
    const { rows, end } = await pendingPage(reader.store, reader.snapshot, { min: from, max }, { limit: PAGE });
    budget.spend(Math.max(rows.length, 1));
    for (const { value } of rows) {
      const { received, spent } = decodeLockSums(value);
      balance = {
        received: balance.received + (received ?? 0),
        spent: balance.spent + spent,
        transactionCount: balance.transactionCount + 1,
      };
    }
    from = end === null ? null : successor(end);
  }
  return balance;
}

function tooMany({ transactionCount }: Balance): BitqlError {
  return new BitqlError(
    'BUDGET_EXCEEDED',
    `The address has more than ${transactionCount} unconfirmed transactions, which is too many to add up in one request: ask for them in pages instead.`,
  );
}
