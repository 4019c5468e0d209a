import type { DataResolvers } from '../resolver-types.ts';
import { MAX_ITEMS, requireOffsetPage } from './offset-page.ts';

export const Data: DataResolvers = {
  pushCount: ({ count }) => count,
  pushes: (elements, args, context, info) => {
    const { first, offset } = requireOffsetPage({ first: args.first ?? MAX_ITEMS, offset: args.offset });
    const pushes = elements.slice(first, offset);
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
