import { hashFromHex } from '../../chain/bytes.ts';
import { feeOf } from '../../chain/undo.ts';
import { BitqlError } from '../../errors.ts';
import { conflictsOf } from '../../query/conflicts.ts';
import type { TransactionView } from '../../query/reader.ts';
import { decodePosition } from '../../store/position.ts';
import type { TransactionResolvers } from '../resolver-types.ts';

/** The most inputs or outputs of one transaction in one list. */
const MAX_ITEMS = 1_000;

export const Transaction: TransactionResolvers = {
  txid: ({ transaction }) => transaction.txid,
  wtxid: ({ transaction }) => transaction.wtxid,
  block: (transaction, _, context) => {
    context.charge();
    return context.reader.blockOf(transaction);
  },
  blockIndex: ({ index }) => index,
  confirmations: ({ height, position }, _, { reader }) =>
    height === null ? 0 : reader.confirmationsOf(decodePosition(position)),
  firstSeen: (transaction, _, context) => {
    context.charge();
    return context.reader.firstSeenOf(transaction);
  },
  removed: ({ departure }) => departure,
  replacedBy: ({ departure }) => (departure?.reason === 'replaced' && departure.by ? hashFromHex(departure.by) : null),
  conflicts: async (transaction, _, context, info) => {
    context.charge();
    const conflicts = await conflictsOf(transaction, context.reader, context.budget);
    context.answer.add(conflicts.length, info);
    return conflicts;
  },
  coinbase: ({ transaction }) => transaction.isCoinbase,
  version: ({ transaction }) => transaction.version,
  lockTime: ({ transaction }) => transaction.lockTime,
  size: ({ transaction }) => transaction.size,
  strippedSize: ({ transaction }) => transaction.strippedSize,
  weight: ({ transaction }) => transaction.weight,
  virtualSize: ({ transaction }) => transaction.virtualSize,
  inputCount: ({ transaction }) => transaction.inputCount,
  outputCount: ({ transaction }) => transaction.outputCount,
  inputs: (transaction, args, { answer }, info) => {
    const indexes = indexesOf(transaction.transaction.inputCount, args);
    answer.add(indexes.length, info);
    return indexes.map((index) => ({ transaction, index }));
  },
  outputs: (transaction, args, { answer }, info) => {
    const indexes = indexesOf(transaction.transaction.outputCount, args);
    answer.add(indexes.length, info);
    return indexes.map((index) => ({ transaction, index }));
  },
  inputValue,
  outputValue: ({ transaction }) => transaction.outputs.reduce((sum, { value }) => sum + value, 0),
  fee,
  feeRate: (view) => {
    const satoshis = fee(view);
    return satoshis === null ? null : satoshis / view.transaction.virtualSize;
  },
  feeUnknown: (view) => {
    if (view.transaction.isCoinbase) return 'COINBASE';
    return fee(view) === null ? 'OUTSIDE_COVERAGE' : null;
  },
  hex: ({ transaction }, _, { answer }) => answer.bytes(transaction.bytes),
};

function fee({ transaction, spent }: TransactionView): number | null {
  return feeOf(transaction, spent);
}

function inputValue({ transaction, spent }: TransactionView): number | null {
  if (transaction.isCoinbase || spent.includes(null)) return null;
  return spent.reduce((sum, output) => sum + output!.value, 0);
}

/** The indexes of a stretch of a list. @throws BAD_QUERY */
function indexesOf(count: number, { first, offset }: { readonly first: number; readonly offset: number }): number[] {
  if (first < 1 || first > MAX_ITEMS) {
    throw new BitqlError('BAD_QUERY', `\`first\` must be from 1 to ${MAX_ITEMS}, not ${first}.`);
  }
  if (offset < 0) throw new BitqlError('BAD_QUERY', `\`offset\` counts from 0, it cannot be ${offset}.`);
  const length = Math.min(first, Math.max(0, count - offset));
  return Array.from({ length }, (_, i) => offset + i);
}
