import type { InputResolvers } from './resolver-types.ts';

export const Input: InputResolvers = {
  unlockingScript: ({ input }, _, { answer }) => answer.bytes(input.unlockingScript),
  witness: ({ input: { witness } }, _, context, info) => {
    for (const item of witness) context.answer.bytes(item);
    return context.list(witness, info);
  },
};
