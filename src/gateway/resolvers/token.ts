import type { TokenResolvers } from './resolver-types.ts';

export const Token: TokenResolvers = {
  amount: ({ amount }) => amount.toString(),
  commitment: ({ capability, commitment }) => (capability === null ? null : commitment),
};
