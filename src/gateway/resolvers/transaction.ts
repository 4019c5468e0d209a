import { BitqlError } from '../../errors.ts';
import { conflictsOf } from '../../query/conflicts.ts';
import { decodePosition } from '../../store/position.ts';
import type { TransactionResolvers } from '../resolver-types.ts';

/** The most inputs or outputs of one transaction in one list. */
const MAX_ITEMS = 1_000;

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
    context.answer.add(conflicts.length, info);
    return conflicts;
  },
  inputs: (transaction, args, { answer }, info) => {
    const indexes = indexesOf(transaction.inputCount, args);
    answer.add(indexes.length, info);
    return indexes.map((index) => transaction.input(index));
  },
  outputs: (transaction, args, { answer }, info) => {
    const indexes = indexesOf(transaction.outputCount, args);
    answer.add(indexes.length, info);
    return indexes.map((index) => transaction.output(index));
  },
  hex: ({ transaction }, _, { answer }) => answer.bytes(transaction.bytes),
};

/** The indexes of a stretch of a list. @throws BAD_QUERY */
function indexesOf(count: number, { first, offset }: { readonly first: number; readonly offset: number }): number[] {
  if (first < 1 || first > MAX_ITEMS) {
    throw new BitqlError('BAD_QUERY', `\`first\` must be from 1 to ${MAX_ITEMS}, not ${first}.`);
  }
  if (offset < 0) throw new BitqlError('BAD_QUERY', `\`offset\` counts from 0, it cannot be ${offset}.`);
  const length = Math.min(first, Math.max(0, count - offset));
  return Array.from({ length }, (_, i) => offset + i);
}
