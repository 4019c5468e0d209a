import { scriptType } from '../../chain/script.ts';
import { balanceOf } from '../../query/balance.ts';
import { NO_FILTER } from '../../query/filter.ts';
import { transactionsPage } from '../../query/transactions.ts';
import { unspentPage } from '../../query/unspent.ts';
import type { AddressResolvers } from './resolver-types.ts';

export const Address: AddressResolvers = {
  type: ({ lockingScript }, _, { reader }) => scriptType(lockingScript, reader.network),
  balance: ({ lockingScript }, _, { reader, budget }) => balanceOf(reader, lockingScript, budget),
  transactions: async ({ lockingScript }, { order, ...args }, context, info) => {
    const filter = { ...NO_FILTER, lockingScript };
    const page = await transactionsPage(context.reader, { filter, order, args }, context.budget);
    return context.page(page, info);
  },
  unspentOutputs: async ({ lockingScript }, { order, ...args }, context, info) => {
    const page = await unspentPage(context.reader, { lockingScript, order, args }, context.budget);
    return context.page(page, info);
  },
};
