import { hashFromHex } from '../../chain/bytes.ts';
import { sendRawTransaction } from '../../rpc/send-transaction.ts';
import { submitPackage } from '../../rpc/test-transactions.ts';
import { nodeWork, refusable } from './node-work.ts';
import type { MutationResolvers } from './resolver-types.ts';
import { verdictOf } from './verdict.ts';

export const Mutation: MutationResolvers = {
  broadcastTransaction: async (_, { raw, ...limits }, context) => {
    const { node, raws } = await nodeWork(context, 'raw', [raw], limits);
    const signal = context.deadline?.signal;
    const send = () => sendRawTransaction(node, raws[0]!, { limits, signal });
    return hashFromHex(await refusable('sendrawtransaction', limits, send));
  },

  broadcastPackage: async (_, { raws: given, ...limits }, context) => {
    const { node, raws } = await nodeWork(context, 'raws', given, limits);
    const submit = () => submitPackage(node, raws, limits, context.deadline?.signal);
    const verdict = await refusable('submitpackage', limits, submit);
    return {
      ...verdict,
      transactions: verdict.transactions.map(verdictOf),
      replaced: verdict.replaced.map(hashFromHex),
    };
  },
};
