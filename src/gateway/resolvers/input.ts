import type { InputResolvers } from '../resolver-types.ts';

export const Input: InputResolvers = {
  unlockingScript: ({ input }, _, { answer }) => answer.bytes(input.unlockingScript),
  witness: ({ input: { witness } }, _, { answer }, info) => {
    answer.add(witness.length, info);
    for (const item of witness) answer.bytes(item);
    return witness;
  },
};
