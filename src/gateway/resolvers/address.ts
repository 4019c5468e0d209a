import { scriptType } from '../../chain/script.ts';
import { pendingBalanceOf } from '../../mempool/pending-balance.ts';
import { balanceHistory } from '../../query/balance-history.ts';
import { ByteSet } from '../../query/byte-set.ts';
import { filterBy } from '../../query/filter.ts';
import { unspentPage } from '../../query/outputs.ts';
import { transactionsPage } from '../../query/transactions.ts';
import type {
  AddressResolvers,
  BalancePeriodResolvers,
  BalanceResolvers,
  PendingBalanceResolvers,
} from './resolver-types.ts';

export const Address: AddressResolvers = {
  type: ({ lockingScript }, _, { readers }, info) => scriptType(lockingScript, readers.of(info).network),
  balance: async (address, _, { readers, budget }, info) => {
    const { whole } = await address.sums(readers.of(info), budget);
    return whole && { ...whole, lockingScripts: [address.lockingScript] };
  },
  balanceUnknown: async (address, _, { readers, budget }, info) => (await address.sums(readers.of(info), budget)).part,
  balances: async ({ lockingScript }, args, context, info) => {
    const page = await balanceHistory(context.readers.of(info), { lockingScript, ...args }, context.budget);
    return context.page(page, info);
  },
  transactions: async ({ lockingScript }, { order, ...args }, context, info) => {
    const filter = filterBy({ kind: 'address', scripts: new ByteSet([lockingScript]) });
    const page = await transactionsPage(context.readers.of(info), { filter, order, args }, context.budget);
    return context.page(page, info);
  },
  unspentOutputs: async ({ lockingScript }, { order, ...args }, context, info) => {
    const page = await unspentPage(context.readers.of(info), { lockingScript, order, args }, context.budget);
    return context.page(page, info);
  },
};

export const Balance: BalanceResolvers = {
  unspent: ({ received, spent }, _, { readers }, info) =>
    readers.of(info).snapshot.hasEveryBlock ? received - spent : null,
  pending: async ({ lockingScripts, ...confirmed }, _, { readers, budget }, info) => ({
    ...(await pendingBalanceOf(readers.of(info), lockingScripts, budget)),
    confirmed,
  }),
};

export const PendingBalance: PendingBalanceResolvers = {
  unspent: ({ received, spent, confirmed }, _, { readers }, info) =>
    readers.of(info).snapshot.hasEveryBlock ? confirmed.received - confirmed.spent + received - spent : null,
};

export const BalancePeriod: BalancePeriodResolvers = {
  unspent: ({ atEnd }, _, { readers }, info) => (readers.of(info).snapshot.hasEveryBlock ? atEnd : null),
};
