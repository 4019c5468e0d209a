import { BitqlError } from '../../errors.ts';
import { blocksPage, parseBlockFilter } from '../../query/blocks.ts';
import { explainPage } from '../../query/explain/explain.ts';
import { parsingPoints } from '../../query/given-values.ts';
import { parseFilter } from '../../query/parse-filter.ts';
import { transactionsPage } from '../../query/transactions.ts';
import { testTransactions } from '../../rpc/transactions.ts';
import { AddressView } from './address-view.ts';
import { addresses, output, transactionsByIds } from './many.ts';
import { mempoolQueries } from './mempool.ts';
import { nodeWork, refusable, verdictOf } from './mutation.ts';
import { outputs } from './outputs.ts';
import type {
  BalanceHistoryResolvers,
  BlockConnectionResolvers,
  OutputConnectionResolvers,
  QueryResolvers,
  TransactionConnectionResolvers,
} from './resolver-types.ts';
import { outputsWithSpenders } from './spenders-ahead.ts';
import { wallet } from './wallet.ts';

export const Query: QueryResolvers = {
  at: async (_, block, context, info) => {
    context.charge();
    await context.readers.openPast(block, info);
    return {};
  },

  chain: (_, __, context, info) => context.readers.open(info),

  block: async (_, { hash, height }, context, info) => {
    if ((hash == null) === (height == null))
      throw new BitqlError('BAD_QUERY', 'Give exactly one of `hash` and `height`.');
    if (height != null && height < 0) throw new BitqlError('BAD_QUERY', '`height` must be at least 0.');
    const reader = await context.readers.open(info);
    context.charge();
    return hash == null ? reader.blockAt(height!) : reader.blockByHash(hash);
  },

  blocks: async (_, { filter, order, ...page }, context, info) => {
    const reader = await context.readers.open(info);
    const condition = parseBlockFilter(filter ?? {});
    const blocks = await blocksPage(reader, { filter: condition, order, args: page }, context.budget);
    return context.page(blocks, info);
  },

  transaction: async (_, { txid }, context, info) => {
    const reader = await context.readers.open(info);
    context.charge();
    const outputs = outputsWithSpenders(info);
    // If this fails, the fields that need a spender read it again.
    if (outputs !== null) reader.readSpendersAhead(txid, outputs).catch(() => {});
    return reader.transactionById(txid);
  },

  transactions: async (_, { filter, scan, order, ...page }, context, info) => {
    const reader = await context.readers.open(info);
    reader.work.add(parsingPoints(filter));
    const condition = parseFilter(filter ?? {}, reader.network);
    const transactions = await transactionsPage(reader, { filter: condition, scan, order, args: page }, context.budget);
    return context.page(transactions, info);
  },

  explainTransactions: async (_, { filter, scan, order, first }, context, info) => {
    const sampling = await context.readers.open(info);
    const { reader: searching, work } = await context.openApart(info);
    context.charge();
    const request = { filter: filter ?? {}, scan, order, first: first ?? null };
    const explanation = await explainPage(request, { sampling, searching, work }, context.budget);
    return { ...explanation, tip: sampling.snapshot.tip?.height ?? 0 };
  },

  testTransactions: async (_, { raws: given, maxFeeRate }, context, info) => {
    if ((await context.readers.open(info)).snapshot.isPast) {
      throw new BitqlError(
        'BAD_QUERY',
        '`testTransactions` asks the node, which knows only the present: ask for it outside of `at`.',
      );
    }
    const limits = { maxFeeRate };
    const { node, network, raws } = await nodeWork(context, 'raws', given, limits);
    const options = { limits, each: network.currency === 'BCH', signal: context.deadline?.signal };
    const verdicts = await refusable('testmempoolaccept', limits, () => testTransactions(node, raws, options));
    return verdicts.map(verdictOf);
  },

  ...mempoolQueries,

  address: async (_, { address }, context, info) => {
    const { network } = await context.readers.open(info);
    return AddressView.parse(address, network);
  },

  addresses,
  transactionsByIds,
  output,
  outputs,
  wallet,
};

/** A page comes with its edges; `nodes` are the same items without cursors. */
function nodes<T>({ edges }: { readonly edges: readonly { readonly node: T }[] }): T[] {
  return edges.map(({ node }) => node);
}

export const BalanceHistory: BalanceHistoryResolvers = { nodes };
export const BlockConnection: BlockConnectionResolvers = { nodes };
export const TransactionConnection: TransactionConnectionResolvers = { nodes };
export const OutputConnection: OutputConnectionResolvers = { nodes };
