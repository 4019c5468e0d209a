import { fromHex } from '../../chain/bytes.ts';
import { difficultyFromBits } from '../../chain/header.ts';
import { NO_FILTER } from '../../query/filter.ts';
import { transactionsPage } from '../../query/transactions.ts';
import type { BlockResolvers } from '../resolver-types.ts';

export const Block: BlockResolvers = {
  confirmations: ({ height }, _, { reader }) => reader.snapshot.tip!.height - height + 1,
  version: ({ header }) => header.version,
  header: ({ header }) => header.bytes,
  previousHash: ({ height, header }) => (height === 0 ? null : header.previousHash),
  previous: ({ height }, _, context) => {
    context.charge();
    return context.reader.blockAt(height - 1);
  },
  next: ({ height }, _, context) => {
    context.charge();
    return context.reader.blockAt(height + 1);
  },
  merkleRoot: ({ header }) => header.merkleRoot,
  time: ({ header }) => header.time,
  date: ({ header }) => header.time,
  bits: ({ header }) => fromHex(header.bits.toString(16).padStart(8, '0')),
  difficulty: ({ header }) => difficultyFromBits(header.bits),
  nonce: ({ header }) => header.nonce,
  chainWork: ({ chainWork }) => (chainWork === null ? null : fromHex(chainWork.toString(16).padStart(64, '0'))),
  size: ({ totals }) => totals.size,
  strippedSize: ({ totals }) => totals.strippedSize,
  weight: ({ totals }) => 3 * totals.strippedSize + totals.size,
  transactionCount: ({ totals }) => totals.transactionCount,
  inputCount: ({ totals }) => totals.inputCount,
  outputCount: ({ totals }) => totals.outputCount,
  outputValue: ({ totals }) => totals.outputValue,
  fees: ({ totals }) => totals.fees,
  feesUnknown: ({ totals }) => (totals.fees === null ? 'OUTSIDE_COVERAGE' : null),
  transactions: async ({ height }, args, context, info) => {
    const filter = { ...NO_FILTER, heights: { from: height, to: height } };
    const page = await transactionsPage(context.reader, filter, 'OLDEST_FIRST', args, context.budget);
    context.answer.add(page.edges.length, info);
    return page;
  },
};
