import type { SpentOutputResolvers } from './resolver-types.ts';

export const SpentOutput: SpentOutputResolvers = {
  lockingScript: ({ lockingScript }, _, { answer }) => answer.bytes(lockingScript),
};
