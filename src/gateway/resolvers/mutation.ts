import { hashFromHex, MalformedBytesError, toHex } from '../../chain/bytes.ts';
import type { Network } from '../../chain/networks.ts';
import { transactionFromBytes } from '../../chain/transaction.ts';
import { BitqlError } from '../../errors.ts';
import { isUnavailable, RPC_CODES, rpcRefusal } from '../../rpc/codes.ts';
import type { Rpc } from '../../rpc/rpc.ts';
import { type FeeLimits, sendRawTransaction, submitPackage, type TransactionVerdict } from '../../rpc/transactions.ts';
import type { RequestContext } from './context.ts';
import type { MutationResolvers } from './resolver-types.ts';

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

/** Core: MAX_PACKAGE_COUNT. */
const MOST_TOGETHER = 25;

/** Transactions for the gateway's node, checked to be complete. */
interface NodeWork {
  readonly node: Rpc;
  readonly network: Network;
  /** In hex. */
  readonly raws: readonly string[];
}

/**
 * @throws BROADCAST_UNAVAILABLE if the gateway has no node, MALFORMED_BYTES for bytes that are not a transaction, BAD_QUERY for
 * too many transactions, and for limits that nodes of this chain do not know
 */
export async function nodeWork(
  context: RequestContext,
  field: 'raw' | 'raws',
  raws: readonly Uint8Array[],
  limits: FeeLimits,
): Promise<NodeWork> {
  const { node } = context;
  if (node === null) {
    throw new BitqlError(
      'BROADCAST_UNAVAILABLE',
      'This gateway has no node to send transactions to: start it with --node, or use another gateway.',
    );
  }
  if (raws.length === 0 || raws.length > MOST_TOGETHER) {
    throw new BitqlError('BAD_QUERY', `\`${field}\` must have 1 to ${MOST_TOGETHER} transactions, not ${raws.length}.`);
  }
  const { network } = await context.readers.openPresent();
  for (const [i, raw] of raws.entries()) requireTransaction(raw, field === 'raw' ? field : `raws[${i}]`, network);
  requireLimits(limits, network);
  return { node, network, raws: raws.map((raw) => toHex(raw)) };
}

/**
 * Makes a call whose refusal is the caller's error. @throws TRANSACTION_REFUSED with the node's reason; BROADCAST_UNAVAILABLE
 * if the node has no such call; the errors of `Rpc` calls
 */
export async function refusable<T>(method: string, limits: FeeLimits, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUnavailable(error)) {
      throw new BitqlError(
        'BROADCAST_UNAVAILABLE',
        `The gateway's node does not have the call ${method}, or does not allow it.`,
        error,
      );
    }
    const refusal = rpcRefusal(error);
    if (refusal === null) throw error;
    const { code, reason } = refusal;
    const hasLimits = limits.maxFeeRate != null || limits.maxBurnAmount != null;
    // The node answers with its help text if a call has more parameters than it knows.
    if (hasLimits && code === RPC_CODES.MISC_ERROR && reason.startsWith(`${method} `)) {
      const what = `The gateway's node is too old for \`maxFeeRate\` or \`maxBurnAmount\` with ${method}: leave them out.`;
      throw new BitqlError('BAD_QUERY', what, error);
    }
    throw new BitqlError('TRANSACTION_REFUSED', `The node refuses the transaction: ${reason} (${code}).`, error);
  }
}

function requireTransaction(raw: Uint8Array, name: string, network: Network): void {
  try {
    transactionFromBytes(raw, network);
  } catch (error) {
    if (!(error instanceof MalformedBytesError)) throw error;
    throw new BitqlError(
      'MALFORMED_BYTES',
      `\`${name}\` is not a complete transaction of ${network.id}: ${error.message}.`,
      error,
    );
  }
}

function requireLimits({ maxFeeRate, maxBurnAmount }: FeeLimits, { id, currency }: Network): void {
  if (maxFeeRate == null && maxBurnAmount == null) return;
  if (currency !== 'BTC') {
    throw new BitqlError(
      'BAD_QUERY',
      `Nodes of ${id} do not support \`maxFeeRate\` and \`maxBurnAmount\`: leave them out.`,
    );
  }
  if (maxFeeRate != null && !(maxFeeRate >= 0 && maxFeeRate < 1e5)) {
    throw new BitqlError('BAD_QUERY', '`maxFeeRate` must be at least 0 and below 100,000 satoshis per virtual byte.');
  }
}

/** A node's verdict on a transaction, as `TransactionTest` shows it. */
export function verdictOf(verdict: TransactionVerdict): Omit<TransactionVerdict, 'txid'> & { txid: Uint8Array } {
  return { ...verdict, txid: hashFromHex(verdict.txid) };
}
