import type { DataResolvers } from '../resolver-types.ts';

export const Data: DataResolvers = {
  pushes: ({ pushes }, _, { answer }, info) => {
    answer.add(pushes.length, info);
    return pushes.map((push, index) => ({ push, index }));
  },
};
