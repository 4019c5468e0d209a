import { scriptType } from '../../chain/script.ts';
import { pendingBalanceOf } from '../../mempool/pending-balance.ts';
import { balanceOf } from '../../query/balance.ts';
import { ByteSet } from '../../query/byte-set.ts';
import { filterBy } from '../../query/filter.ts';
import { transactionsPage } from '../../query/transactions.ts';
import { unspentPage } from '../../query/unspent.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { AddressResolvers, BalanceResolvers, PendingBalanceResolvers } from './resolver-types.ts';

export const Address: AddressResolvers = {
  type: ({ lockingScript }, _, { reader }) => scriptType(lockingScript, reader.network),
  balance: async ({ lockingScript }, _, { reader, budget }) => ({
    ...(await balanceOf(reader, lockingScript, budget)),
    lockingScript,
  }),
  transactions: async ({ lockingScript }, { order, ...args }, context, info) => {
    const filter = filterBy({ kind: 'address', scripts: new ByteSet([lockingScript]) });
    const page = await transactionsPage(context.reader, { filter, order, args }, context.budget);
    return context.page(page, info);
  },
  unspentOutputs: async ({ lockingScript }, { order, ...args }, context, info) => {
    const page = await unspentPage(context.reader, { lockingScript, order, args }, context.budget);
    return context.page(page, info);
  },
};

export const Balance: BalanceResolvers = {
  unspent: ({ received, spent }, _, { reader }) => (isComplete(reader.snapshot) ? received - spent : null),
  pending: async ({ lockingScript, ...confirmed }, _, { reader, budget }) => ({
    ...(await pendingBalanceOf(reader, lockingScript, budget)),
    confirmed,
  }),
};

export const PendingBalance: PendingBalanceResolvers = {
  unspent: ({ received, spent, confirmed }, _, { reader }) =>
    isComplete(reader.snapshot) ? confirmed.received - confirmed.spent + received - spent : null,
};

/** Whether the index holds every block up to its tip. Otherwise a payment may be missing. */
function isComplete({ state: { coverage }, tip }: Snapshot): boolean {
  const [first, ...others] = coverage;
  return tip !== null && first !== undefined && others.length === 0 && first[0] === 0 && first[1] >= tip.height;
}
