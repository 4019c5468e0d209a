import { AnswerFields, listOf } from './answer-fields.ts';
import { unrefused } from './codes.ts';
import { type FeeLimits, limitParameters } from './fee-limits.ts';
import type { Rpc } from './rpc.ts';

const TEST = 'testmempoolaccept';
const PACKAGE = 'submitpackage';

/** What a node says of a transaction that it was given. */
export interface TransactionVerdict {
  /** In display-order hex. */
  readonly txid: string;
  /** Null where it was not looked at. */
  readonly accepted: boolean | null;
  readonly reason: string | null;
  /** Virtual bytes. */
  readonly virtualSize: number | null;
  /** Satoshis. */
  readonly fee: number | null;
  /** Satoshis a virtual byte, together with those that it is looked at with. */
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
 * Whether the node would take the transactions. @param each looks at each by itself, as nodes of BCH do
 * @throws NODE_REFUSED with the node's own reason, and what all calls do
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

/** Gives the node a package. @throws as `testTransactions` */
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
  // Core tells it in BTC for 1,000 virtual bytes; before 25 not at all.
  if (fees.has('effective-feerate')) {
    return { virtualSize, fee, feeRate: fees.amount('effective-feerate') / 1_000 };
  }
  return { virtualSize, fee, feeRate: virtualSize === null ? null : fee / virtualSize };
}
