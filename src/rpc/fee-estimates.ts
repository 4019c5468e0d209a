import { AnswerFields } from './answer-fields.ts';
import { isUnavailable, RPC_CODES, rpcCode, unrefused } from './codes.ts';
import type { Rpc } from './rpc.ts';

/** How Core weighs recent blocks: economical estimates follow a fall of fees at once, conservative ones later. */
export type FeeEstimateMode = 'ECONOMICAL' | 'CONSERVATIVE';

/** The fee rate with which a node expects a transaction to be confirmed. */
export interface SmartFeeEstimate {
  /** Within how many blocks. */
  readonly target: number;
  readonly mode: FeeEstimateMode;
  /** Satoshis for a virtual byte; null if the node has not seen enough transactions yet. */
  readonly feeRate: number | null;
  /** The number of blocks that it could make an estimate for; null if it does not report it. */
  readonly blocks: number | null;
  /** Why there is no estimate, in the node's own words. */
  readonly errors: readonly string[];
}

/** Core: the farthest target (estimatesmartfee). */
export const FARTHEST_TARGET = 1_008;

const ESTIMATE = 'estimatesmartfee';
const INFO = 'getmempoolinfo';
/** Core: "Fee estimation disabled" (EnsureFeeEstimator). */
const DISABLED = RPC_CODES.INTERNAL_ERROR;
const KILOBYTE = 1_000;
/** More of the node's own words are cut off. */
const MOST_ERRORS = 10;
const LONGEST_ERROR = 256;

/**
 * A node's estimates, in the order of the targets; null if it makes none (BCH, BSV, or with -blocksonly).
 * @param targets whole numbers from 1 to {@link FARTHEST_TARGET}
 * @throws NODE_REFUSED for an odd answer; the errors of `Rpc` calls
 */
export async function estimateSmartFees(
  rpc: Rpc,
  targets: readonly number[],
  mode: FeeEstimateMode,
): Promise<SmartFeeEstimate[] | null> {
  try {
    const answers = await rpc.calls(
      ESTIMATE,
      targets.map((target) => [target, mode]),
    );
    return answers.map((answer, i) => parseEstimate(unrefused(answer), targets[i]!, mode));
  } catch (error) {
    if (isUnavailable(error) || rpcCode(error) === DISABLED) return null;
    throw error;
  }
}

/**
 * The lowest fee rate that a node accepts into its mempool now, in satoshis for a virtual byte; null if it does not report it.
 * @throws NODE_REFUSED for an odd answer; the errors of `Rpc` calls
 */
export async function minimumFeeRate(rpc: Rpc): Promise<number | null> {
  try {
    const info = AnswerFields.of(await rpc.call(INFO), INFO);
    const rates = ['mempoolminfee', 'minrelaytxfee'].filter((field) => info.has(field));
    return rates.length === 0 ? null : Math.max(...rates.map((field) => info.amount(field))) / KILOBYTE;
  } catch (error) {
    if (isUnavailable(error)) return null;
    throw error;
  }
}

function parseEstimate(result: unknown, target: number, mode: FeeEstimateMode): SmartFeeEstimate {
  const answer = AnswerFields.of(result, ESTIMATE);
  const errors = answer.has('errors') ? answer.list('errors') : [];
  return {
    target,
    mode,
    feeRate: answer.has('feerate') ? answer.amount('feerate') / KILOBYTE : null,
    blocks: answer.has('blocks') ? answer.count('blocks', FARTHEST_TARGET) : null,
    errors: errors.slice(0, MOST_ERRORS).map((error) => String(error).slice(0, LONGEST_ERROR)),
  };
}
