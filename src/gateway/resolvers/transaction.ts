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
    const inputs = stretchOf(transaction.inputCount, args, (index) => transaction.input(index));
    answer.add(inputs.length, info);
    return inputs;
  },
  outputs: (transaction, args, { answer }, info) => {
    const outputs = stretchOf(transaction.outputCount, args, (index) => transaction.output(index));
    answer.add(outputs.length, info);
    return outputs;
  },
  hex: ({ transaction }, _, { answer }) => answer.bytes(transaction.bytes),
};

interface Stretch {
  readonly first: number;
  readonly offset: number;
}

/** A stretch of a list. @throws BAD_QUERY */
function stretchOf<T>(count: number, { first, offset }: Stretch, itemAt: (index: number) => T): T[] {
  if (first < 1 || first > MAX_ITEMS) {
    throw new BitqlError('BAD_QUERY', `\`first\` must be from 1 to ${MAX_ITEMS}, not ${first}.`);
  }
  if (offset < 0) throw new BitqlError('BAD_QUERY', `\`offset\` counts from 0, it cannot be ${offset}.`);
  const items: T[] = [];
  for (let i = offset; i < count && items.length < first; i++) items.push(itemAt(i));
  return items;
}
