import type { DataResolvers } from '../resolver-types.ts';

export const Data: DataResolvers = {
  pushes: ({ pushes }, _, { answer }, info) => {
    answer.add(pushes.length, info);
    return pushes.map(({ opcode, data, rest }, index) => ({
      index,
      opcode,
      size: data.length,
      malformed: rest,
      data,
    }));
  },
};
