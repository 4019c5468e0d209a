import { BitqlError } from '../errors.ts';
import { AnswerFields, listOf, parseHash } from './answer-fields.ts';
import { isUnavailable, RPC_CODES, rpcCode, rpcRefusal, unrefused } from './codes.ts';
import type { Rpc } from './rpc.ts';

/** Limits of a transaction's cost, above which the node must refuse it. */
export interface FeeLimits {
  /** Satoshis for a virtual byte; 0 for no limit; null for the node's own limit. */
  readonly maxFeeRate?: number | null | undefined;
  /** Satoshis in unspendable outputs; null for the node's own limit. */
  readonly maxBurnAmount?: number | null | undefined;
}

/** A fee rate in Bitcoin Core's unit: BTC for 1,000 virtual bytes. */
function coreFeeRate({ maxFeeRate }: FeeLimits): string | null {
  return maxFeeRate == null ? null : (maxFeeRate / 1e5).toFixed(8);
}

/** The parameters after the transactions, for nodes of BTC; none if nothing is limited. */
function limitParameters(limits: FeeLimits): readonly (string | null)[] {
  const feeRate = coreFeeRate(limits);
  if (limits.maxBurnAmount == null) return feeRate === null ? [] : [feeRate];
  return [feeRate, (limits.maxBurnAmount / 1e8).toFixed(8)];
}

const METHOD = 'sendrawtransaction';

/**
 * Sends a transaction to the node, which checks it, takes it into its mempool and relays it. A transaction that is in
 * the mempool already counts as accepted.
 * @param hex the raw transaction
 * @param options limits of its fee; a signal that ends the call: then the node may have accepted the transaction, or
 *   not
 * @returns its txid, in display-order hex
 * @throws BitqlError NODE_REFUSED, with the node's own reason and code in the message, such as "min relay fee not met
 *   (-26)", and its `rpcCode`; NODE_UNREACHABLE, NODE_UNAUTHORIZED, NODE_WARMING_UP; the reason of the signal
 */
export async function sendRawTransaction(
  rpc: Rpc,
  hex: string,
  { limits = {}, signal }: { limits?: FeeLimits; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  try {
    return parseHash(await rpc.callWith({ signal }, METHOD, hex, ...limitParameters(limits)), METHOD);
  } catch (error) {
    const refusal = rpcRefusal(error);
    if (refusal === null) throw error;
    const { code, reason } = refusal;
    if (isKnown(code, reason)) {
      const txid = await txidInMempool(rpc, hex, signal);
      if (txid !== null) return txid;
    }
    throw new BitqlError(
      'NODE_REFUSED',
      `The node refuses the transaction: ${reason} (${code}).`,
      (error as BitqlError).cause,
    );
  }
}

/**
 * Whether the node may have the transaction already. Core returns the txid of one in its mempool, and -27
 * (VERIFY_ALREADY_IN_UTXO_SET) for one in the chain; other nodes return -27 or, with -26, "txn-already-in-mempool" or
 * "txn-already-known".
 */
function isKnown(code: number, reason: string): boolean {
  return code === RPC_CODES.VERIFY_ALREADY_IN_UTXO_SET || /already[- ](in[- ](the[- ])?mempool|known)/i.test(reason);
}

/** The txid, as the node decodes the transaction; null if it is not in the node's mempool. */
async function txidInMempool(rpc: Rpc, hex: string, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const decoded = (await rpc.callWith({ signal }, 'decoderawtransaction', hex)) as { txid?: unknown } | null;
    const txid = parseHash(decoded?.txid, 'decoderawtransaction');
    await rpc.callWith({ signal }, 'getmempoolentry', txid);
    return txid;
  } catch (error) {
    if (rpcCode(error) === undefined && !isUnavailable(error)) throw error;
    return null;
  }
}

const TEST = 'testmempoolaccept';
const PACKAGE = 'submitpackage';

/** A node's verdict on a transaction. */
export interface TransactionVerdict {
  /** In display-order hex. */
  readonly txid: string;
  /** Null if it was not examined. */
  readonly accepted: boolean | null;
  readonly reason: string | null;
  /** Virtual bytes. */
  readonly virtualSize: number | null;
  /** Satoshis. */
  readonly fee: number | null;
  /** Satoshis for a virtual byte, together with the transactions that are examined with it. */
  readonly feeRate: number | null;
}

export interface PackageVerdict {
  readonly accepted: boolean;
  /** "success", or why not. */
  readonly message: string;
  readonly transactions: readonly TransactionVerdict[];
  /** In display-order hex. */
  readonly replaced: readonly string[];
}

/**
 * Whether the node would accept the transactions.
 * @param each examines each one by itself, for nodes of BCH
 * @throws NODE_REFUSED with the node's own reason; the errors of all calls
 */
export async function testTransactions(
  rpc: Rpc,
  raws: readonly string[],
  { limits, each, signal }: { limits: FeeLimits; each: boolean; signal?: AbortSignal | undefined },
): Promise<TransactionVerdict[]> {
  const calls = (each ? raws.map((raw) => [raw]) : [raws]).map((some) => [some, ...limitParameters(limits)]);
  const answers = await rpc.calls(TEST, calls, { signal });
  return answers.flatMap((answer) => listOf(unrefused(answer), TEST).map(parseTest));
}

/**
 * Sends a package to the node.
 * @throws the errors of `testTransactions`
 */
export async function submitPackage(
  rpc: Rpc,
  raws: readonly string[],
  limits: FeeLimits,
  signal?: AbortSignal,
): Promise<PackageVerdict> {
  const answer = AnswerFields.of(await rpc.callWith({ signal }, PACKAGE, raws, ...limitParameters(limits)), PACKAGE);
  const message = answer.text('package_msg');
  const results = Object.values(answer.raw('tx-results') ?? {}).map((one) => AnswerFields.of(one, PACKAGE));
  const replaced = answer.has('replaced-transactions') ? answer.list('replaced-transactions') : [];
  return {
    accepted: message === 'success',
    message,
    transactions: results.map(parseResult),
    replaced: replaced.filter((txid) => typeof txid === 'string'),
  };
}

function parseTest(answer: AnswerFields): TransactionVerdict {
  const reason = answer.has('reject-reason') ? answer.text('reject-reason') : null;
  const failure = answer.has('package-error') ? answer.text('package-error') : null;
  const accepted = answer.raw('allowed');
  return {
    txid: answer.hash('txid'),
    accepted: typeof accepted === 'boolean' ? accepted : null,
    reason: reason ?? failure,
    ...sizeAndFee(answer),
  };
}

function parseResult(answer: AnswerFields): TransactionVerdict {
  const reason = answer.has('error') ? answer.text('error') : null;
  return { txid: answer.hash('txid'), accepted: reason === null, reason, ...sizeAndFee(answer) };
}

function sizeAndFee(answer: AnswerFields): Pick<TransactionVerdict, 'virtualSize' | 'fee' | 'feeRate'> {
  const virtualSize = answer.has('vsize') ? answer.count('vsize') : null;
  if (!answer.has('fees')) return { virtualSize, fee: null, feeRate: null };
  const fees = answer.object('fees');
  const fee = fees.amount('base');
  // Core reports it in BTC for 1,000 virtual bytes; before version 25 not at all.
  if (fees.has('effective-feerate')) {
    return { virtualSize, fee, feeRate: fees.amount('effective-feerate') / 1_000 };
  }
  return { virtualSize, fee, feeRate: virtualSize === null ? null : fee / virtualSize };
}
