import { hashFromHex, toHex } from '../../chain/bytes.ts';
import { MalformedBytesError } from '../../chain/malformed.ts';
import type { Network } from '../../chain/networks.ts';
import { transactionFromBytes } from '../../chain/transaction.ts';
import { BitqlError } from '../../errors.ts';
import { type Rpc, rpcCode } from '../../rpc/rpc.ts';
import { sendRawTransaction } from '../../rpc/send-transaction.ts';
import type { MutationResolvers } from '../resolver-types.ts';

export const Mutation: MutationResolvers = {
  broadcastTransaction: async (_, { raw }, context) => {
    const { node } = context;
    if (node === null) {
      throw new BitqlError(
        'BROADCAST_UNAVAILABLE',
        'This gateway has no node to give transactions to: start it with --node, or ask another one.',
      );
    }
    const { network } = await context.openReader();
    requireTransaction(raw, network);
    return hashFromHex(await send(raw, node, context.deadline?.signal));
  },
};

/** @throws MALFORMED_BYTES */
function requireTransaction(raw: Uint8Array, network: Network): void {
  try {
    transactionFromBytes(raw, network);
  } catch (error) {
    if (!(error instanceof MalformedBytesError)) throw error;
    throw new BitqlError(
      'MALFORMED_BYTES',
      `\`raw\` is no whole transaction of ${network.id}: ${error.message}.`,
      error,
    );
  }
}

/** @throws TRANSACTION_REFUSED with the node's own reason, NODE_UNREACHABLE; TIMEOUT at the signal, when the node may have it... */
async function send(raw: Uint8Array, node: Rpc, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await sendRawTransaction(node, toHex(raw), signal);
  } catch (error) {
    if (rpcCode(error) === undefined) throw error;
    throw new BitqlError('TRANSACTION_REFUSED', (error as BitqlError).message, error);
  }
}
