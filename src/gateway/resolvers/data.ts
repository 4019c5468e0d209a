import { stretchOf } from './offset-page.ts';
import type { DataResolvers } from './resolver-types.ts';

export const Data: DataResolvers = {
  pushCount: ({ count }) => count,
  pushes: (elements, args, context, info) => {
    const { length, offset } = stretchOf(elements.count, args);
    const pushes = elements.slice(length, offset);
    return context.list(
      pushes.map(({ opcode, data, rest }, i) => ({
        index: offset + i,
        opcode,
        size: data.length,
        malformed: rest,
        data,
      })),
      info,
    );
  },
};
