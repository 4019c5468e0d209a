import type { Network } from '../../chain/networks.ts';
import { BitqlError } from '../../errors.ts';
import { givenScript, MAX_GIVEN } from '../../query/given-addresses.ts';
import { atMost } from '../../query/parse-output-filter.ts';
import { AddressView } from './address-view.ts';
import type { QueryResolvers } from './resolver-types.ts';

/** The field of `Query`. Whatever is selected of all addresses is read together. */
export const addresses: NonNullable<QueryResolvers['addresses']> = async (_, args, context, info) => {
  const given = atMost(args.addresses, MAX_GIVEN, 'addresses');
  const { network } = await context.readers.open(info);
  return context.listOf(given.length, (i) => addressAt(given, i, network), info);
};

/** GraphQL takes an error in the place of an item for the error of that item alone, whatever its types say. */
function addressAt(given: readonly string[], i: number, network: Network): AddressView {
  try {
    return new AddressView(givenScript(given, i, network), network);
  } catch (error) {
    return error as AddressView;
  }
}

/** The field of `Query`. */
export const transactionsByIds: NonNullable<QueryResolvers['transactionsByIds']> = async (_, args, context, info) => {
  const txids = atMost(args.txids, MAX_GIVEN, 'txids');
  const reader = await context.readers.open(info);
  context.charge(txids.length);
  return context.list(await Promise.all(txids.map((txid) => reader.transactionById(txid))), info);
};

/** The field of `Query`. */
export const output: NonNullable<QueryResolvers['output']> = async (_, { txid, index }, context, info) => {
  if (index < 0) throw new BitqlError('BAD_QUERY', '`index` must be at least 0.');
  const reader = await context.readers.open(info);
  context.charge();
  const transaction = await reader.transactionById(txid);
  return transaction === null || index >= transaction.outputCount ? null : transaction.output(index);
};
