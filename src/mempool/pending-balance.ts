import { BitqlError } from '../errors.ts';
import { type Balance, LockTotals } from '../query/balance.ts';
import { pendingPage } from '../query/pending-postings.ts';
import type { ChainReader } from '../query/reader.ts';
import type { Budget } from '../query/work.ts';
import { lockKey, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';

const PAGE = 1_024;

/**
 * What pending transactions pay to some different locking scripts and spend from them.
 * @throws BUDGET_EXCEEDED if there are more of them than the budget allows
 */
export async function pendingBalanceOf(
  reader: ChainReader,
  lockingScripts: readonly Uint8Array[],
  budget: Budget,
): Promise<Balance> {
  const totals = new LockTotals();
  await Promise.all(lockingScripts.map((script) => addPending(reader, script, totals, budget)));
  return totals.balance;
}

async function addPending(
  reader: ChainReader,
  lockingScript: Uint8Array,
  totals: LockTotals,
  budget: Budget,
): Promise<void> {
  const { min, max } = postingRange(postingPrefix('lock', lockKey(lockingScript)));
  for (let from: Uint8Array | null = min; from !== null; ) {
    if (budget.exhausted) throw tooMany();
    const { rows, end } = await pendingPage(reader.store, reader.snapshot, { min: from, max }, { limit: PAGE });
    budget.spend(Math.max(rows.length, 1));
    for (const row of rows) totals.add(row);
    from = end === null ? null : successor(end);
  }
}

function tooMany(): BitqlError {
  return new BitqlError(
    'BUDGET_EXCEEDED',
    'The request has examined the maximum number of rows before all unconfirmed transactions were added up: ask for fewer balances at once, or for the transactions in pages.',
  );
}
