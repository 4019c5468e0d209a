import { fromHex } from '../../chain/bytes.ts';
import { difficultyFromBits } from '../../chain/header.ts';
import { filterBy } from '../../query/filter.ts';
import { transactionsPage } from '../../query/transactions.ts';
import type { BlockResolvers } from './resolver-types.ts';

export const Block: BlockResolvers = {
  onMainChain: (block, _, { readers }, info) => readers.of(info).isOnMainChain(block),
  confirmations: (block, _, { readers }, info) => readers.of(info).confirmationsOf(block),
  version: ({ header }) => header.version,
  header: ({ header }) => header.bytes,
  previousHash: ({ height, header }) => (height === 0 ? null : header.previousHash),
  previous: (block, _, context, info) => {
    context.charge();
    const reader = context.readers.of(info);
    if (reader.isOnMainChain(block)) return reader.blockAt(block.height - 1);
    return reader.blockByHash(block.header.previousHash);
  },
  next: (block, _, context, info) => {
    context.charge();
    const reader = context.readers.of(info);
    return reader.isOnMainChain(block) ? reader.blockAt(block.height + 1) : null;
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
  transactions: async ({ height, fork }, args, context, info) => {
    const reader = context.readers.of(info);
    const filter = filterBy({ kind: 'height', bounds: { from: height, to: height } });
    const stale = reader.isOnMainChain({ height, fork }) ? null : { height, fork };
    const page = await transactionsPage(reader, { filter, order: 'OLDEST_FIRST', args, stale }, context.budget);
    return context.page(page, info);
  },
};
