import { addressOf, lockingScriptOf } from '../../chain/address.ts';
import { BitqlError } from '../../errors.ts';
import { blocksPage } from '../../query/blocks.ts';
import { explainPage } from '../../query/explain/explain.ts';
import { parseFilter } from '../../query/parse-filter.ts';
import { transactionsPage } from '../../query/transactions.ts';
import { testTransactions } from '../../rpc/transactions.ts';
import { nodeWork, refusable, verdictOf } from './mutation.ts';
import type {
  BlockConnectionResolvers,
  OutputConnectionResolvers,
  QueryResolvers,
  TransactionConnectionResolvers,
} from './resolver-types.ts';
import { outputsWithSpenders } from './spenders-ahead.ts';

export const Query: QueryResolvers = {
  chain: (_, __, context) => context.openReader(),

  block: async (_, { hash, height }, context) => {
    if ((hash == null) === (height == null))
      throw new BitqlError('BAD_QUERY', 'Give exactly one of `hash` and `height`.');
    if (height != null && height < 0) throw new BitqlError('BAD_QUERY', '`height` must be at least 0.');
    const reader = await context.openReader();
    context.charge();
    return hash == null ? reader.blockAt(height!) : reader.blockByHash(hash);
  },

  blocks: async (_, { order, ...page }, context, info) => {
    const reader = await context.openReader();
    const blocks = await blocksPage(reader, order, page);
    context.charge(blocks.edges.length);
    return context.page(blocks, info);
  },

  transaction: async (_, { txid }, context, info) => {
    const reader = await context.openReader();
    context.charge();
    const outputs = outputsWithSpenders(info);
    // If this fails, the fields that need a spender read it again.
    if (outputs !== null) reader.readSpendersAhead(txid, outputs).catch(() => {});
    return reader.transactionById(txid);
  },

  transactions: async (_, { filter, scan, order, ...page }, context, info) => {
    const reader = await context.openReader();
    const condition = parseFilter(filter ?? {}, reader.network);
    const transactions = await transactionsPage(reader, { filter: condition, scan, order, args: page }, context.budget);
    return context.page(transactions, info);
  },

  explainTransactions: async (_, { filter, scan, order, first }, context) => {
    const sampling = await context.openReader();
    const { reader: searching, work } = await context.openApart();
    context.charge();
    const request = { filter: filter ?? {}, scan, order, first: first ?? null };
    const explanation = await explainPage(request, { sampling, searching, work }, context.budget);
    return { ...explanation, tip: sampling.snapshot.tip?.height ?? 0 };
  },

  testTransactions: async (_, { raws: given, maxFeeRate }, context) => {
    const limits = { maxFeeRate };
    const { node, network, raws } = await nodeWork(context, 'raws', given, limits);
    const options = { limits, each: network.currency === 'BCH', signal: context.deadline?.signal };
    const verdicts = await refusable('testmempoolaccept', limits, () => testTransactions(node, raws, options));
    return verdicts.map(verdictOf);
  },

  mempool: async (_, __, context) => (await context.openReader()).snapshot.state.mempool,

  address: async (_, { address }, context) => {
    const { network } = await context.openReader();
    const lockingScript = lockingScriptOf(address, network);
    return { address: addressOf(lockingScript, network) ?? address, lockingScript };
  },
};

/** A page comes with its edges; `nodes` are the same items without cursors. */
function nodes<T>({ edges }: { readonly edges: readonly { readonly node: T }[] }): T[] {
  return edges.map(({ node }) => node);
}

export const BlockConnection: BlockConnectionResolvers = { nodes };
export const TransactionConnection: TransactionConnectionResolvers = { nodes };
export const OutputConnection: OutputConnectionResolvers = { nodes };
