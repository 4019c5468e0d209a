import { equalBytes, mapKey } from '../chain/bytes.ts';
import type { Input } from '../chain/inputs-outputs.ts';
import { BitqlError } from '../errors.ts';
import { outpointKey } from '../store/postings.ts';
import { pendingWith, removedWith } from './pending-postings.ts';
import type { ChainReader } from './reader.ts';
import type { TransactionView } from './transaction-view.ts';
import type { Budget } from './work.ts';

/** The most conflicts that are returned for one transaction. */
const MAX_CONFLICTS = 100;
/** Inputs that are examined together. */
const STRETCH = 128;

/**
 * The other known transactions that spend an output which this one spends, one for each id: those in blocks first, then
 * pending ones, then departed ones that are still stored.
 * @throws BUDGET_EXCEEDED
 */
export async function conflictsOf(
  { transaction, position }: TransactionView,
  reader: ChainReader,
  budget: Budget,
): Promise<TransactionView[]> {
  if (transaction.isCoinbase) return [];
  const found = new Map<string, TransactionView>();
  for (let from = 0; from < transaction.inputCount && found.size < MAX_CONFLICTS; from += STRETCH) {
    if (budget.exhausted) throw tooMany();
    const stretch = transaction.inputs.slice(from, from + STRETCH);
    budget.spend(stretch.length);
    for (const view of (
      await Promise.all(stretch.map((input) => spendersOf(input, position, reader, budget)))
    ).flat()) {
      if (equalBytes(view.transaction.txid, transaction.txid)) continue;
      const id = mapKey(view.transaction.txid);
      const known = found.get(id);
      if (known === undefined || rank(view) < rank(known)) found.set(id, view);
    }
  }
  return [...found.values()].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_CONFLICTS);
}

/** The transactions that spend the same output as an input of the transaction at `position`: the one that counts, and the last ones that arrived in the mempool. */
async function spendersOf(
  input: Input,
  position: Uint8Array,
  reader: ChainReader,
  budget: Budget,
): Promise<TransactionView[]> {
  const key = outpointKey(input.previousTxid, input.previousIndex);
  const { store, snapshot } = reader;
  const arrived = async () => {
    const [pending, removed] = await Promise.all([
      pendingWith(store, snapshot, 'spend', key),
      removedWith(store, snapshot, { kind: 'spend', key }, MAX_CONFLICTS),
    ]);
    const last = [...pending.toReversed(), ...removed].slice(0, MAX_CONFLICTS);
    budget.spend(last.length);
    const views = await Promise.all(last.map((arrival) => reader.arrivedAt(arrival)));
    return views.filter((view) => view !== null);
  };
  const [spender, views] = await Promise.all([reader.spenderBeside(input, position), arrived()]);
  const others = views.filter((view) => view.inputSpending(input.previousTxid, input.previousIndex) !== null);
  for (const { transaction } of others) budget.spend(0, transaction.bytes.length);
  return spender === null ? others : [spender.transaction, ...others];
}

function rank({ height, departure }: TransactionView): number {
  return height !== null ? 0 : departure === null ? 1 : 2;
}

function tooMany(): BitqlError {
  return new BitqlError(
    'BUDGET_EXCEEDED',
    'The request has examined the maximum number of rows: ask for the conflicts of fewer transactions.',
  );
}
