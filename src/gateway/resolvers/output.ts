import type { OutputResolvers } from './resolver-types.ts';

export const Output: OutputResolvers = {
  lockingScript: ({ lockingScript }, _, { answer }) => answer.bytes(lockingScript),
  spentBy: async ({ transaction, index }, _, context) => {
    context.charge();
    const spender = await context.reader.spenderOf(transaction, index);
    return spender === null ? null : spender.transaction.input(spender.inputIndex);
  },
};
