import { toHex } from '../../chain/bytes.ts';
import { MalformedBytesError } from '../../chain/malformed.ts';
import type { Network } from '../../chain/networks.ts';
import { transactionFromBytes } from '../../chain/transaction.ts';
import { BitqlError } from '../../errors.ts';
import { RPC_CODES, rpcRefusal } from '../../rpc/codes.ts';
import type { FeeLimits } from '../../rpc/fee-limits.ts';
import { isUnavailable } from '../../rpc/forbidden-call.ts';
import type { Rpc } from '../../rpc/rpc.ts';
import type { RequestContext } from './context.ts';

/** Core: MAX_PACKAGE_COUNT. */
const MOST_TOGETHER = 25;

/** What the gateway's node is to do with transactions, once these are known to be whole. */
export interface NodeWork {
  readonly node: Rpc;
  readonly network: Network;
  /** In hex. */
  readonly raws: readonly string[];
}

/**
 * @throws BROADCAST_UNAVAILABLE where the gateway has no node, MALFORMED_BYTES for what is no transaction, BAD_QUERY for too
 * many, and for limits that the node's kind does not know
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
  const { network } = await context.openReader();
  for (const [i, raw] of raws.entries()) requireTransaction(raw, field === 'raw' ? field : `raws[${i}]`, network);
  requireLimits(limits, network);
  return { node, network, raws: raws.map((raw) => toHex(raw)) };
}

/** @throws TRANSACTION_REFUSED with the node's own reason; BROADCAST_UNAVAILABLE where it has no such call; what calls do */
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
    // The node explains the call where there are more parameters than it knows.
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
