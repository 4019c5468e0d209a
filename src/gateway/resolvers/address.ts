import { scriptType } from '../../chain/script.ts';
import { ByteSet } from '../../query/byte-set.ts';
import { filterBy } from '../../query/filter.ts';
import { unspentPage } from '../../query/outputs.ts';
import { transactionsPage } from '../../query/transactions.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { AddressResolvers, BalanceResolvers } from './resolver-types.ts';

export const Address: AddressResolvers = {
  type: ({ lockingScript }, _, { reader }) => scriptType(lockingScript, reader.network),
  balance: async (address, _, { reader, budget }) => (await address.sums(reader, budget)).whole,
  balanceUnknown: async (address, _, { reader, budget }) => (await address.sums(reader, budget)).part,
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
};

/** Whether the index holds every block up to its tip. Otherwise a payment may be missing. */
function isComplete({ state: { coverage }, tip }: Snapshot): boolean {
  const [first, ...others] = coverage;
  return tip !== null && first !== undefined && others.length === 0 && first[0] === 0 && first[1] >= tip.height;
}
