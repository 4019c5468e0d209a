import { conflictsOf } from '../../query/conflicts.ts';
import { decodePosition } from '../../store/position.ts';
import { stretchOf } from './offset-page.ts';
import type { TransactionResolvers } from './resolver-types.ts';

export const Transaction: TransactionResolvers = {
  block: (transaction, _, context) => {
    context.charge();
    return context.reader.blockOf(transaction);
  },
  confirmations: ({ height, position }, _, { reader }) =>
    height === null ? 0 : reader.confirmationsOf(decodePosition(position)),
  firstSeen: (transaction, _, context) => {
    context.charge();
    return context.reader.firstSeenOf(transaction);
  },
  conflicts: async (transaction, _, context, info) => {
    context.charge();
    const conflicts = await conflictsOf(transaction, context.reader, context.budget);
    return context.list(conflicts, info);
  },
  inputs: (transaction, args, context, info) => {
    const { offset, length } = stretchOf(transaction.inputCount, args);
    return context.listOf(length, (i) => transaction.input(offset + i), info);
  },
  outputs: (transaction, args, context, info) => {
    const { offset, length } = stretchOf(transaction.outputCount, args);
    return context.listOf(length, (i) => transaction.output(offset + i), info);
  },
  hex: ({ transaction }, _, { answer }) => answer.bytes(transaction.bytes),
};
