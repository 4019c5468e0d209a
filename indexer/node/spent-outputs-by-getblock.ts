import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { BitqlError } from '../../src/errors.ts';
import { AnswerFields, listOf } from '../../src/rpc/answer-fields.ts';
import { nullIfRefused } from '../../src/rpc/codes.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';

const METHOD = 'getblock';
const WITH_PREVOUT = 3;
/** Everything comes several times: as hex, as text, and within JSON. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * What a block spends by `getblock HASH 3`, whole; null where that tells no `prevout`s: before Core 23, and where the
 * block's undo data is gone. Only for nodes of BTC: Bitcoin SV's 3 means header and coinbase, and Bitcoin Cash Node gives
 * a script without its CashTokens prefix, with `tokenData` beside it.
 */
export async function spentOutputsByGetblock(rpc: Rpc, hash: string): Promise<SpentOutput[][] | null> {
  const asked = rpc.callWith({ maxAnswerBytes: MAX_ANSWER_BYTES }, METHOD, hash, WITH_PREVOUT);
  const answer = await asked.catch((error: unknown) => nullIfRefused(error));
  return answer === null ? null : parsePrevouts(answer);
}

function parsePrevouts(answer: unknown): SpentOutput[][] | null {
  const block = AnswerFields.of(answer, METHOD);
  const spent = listOf(block.raw('tx'), METHOD).map((transaction) => inputsOf(transaction).map(parsePrevout));
  if (spent.some((outputs) => outputs.includes(null))) return null;
  if (spent.length !== block.count('nTx')) throw refused('does not have all transactions of the block');
  return spent as SpentOutput[][];
}

function inputsOf(transaction: AnswerFields): AnswerFields[] {
  return listOf(transaction.raw('vin'), METHOD).filter((input) => !input.has('coinbase'));
}

function parsePrevout(input: AnswerFields): SpentOutput | null {
  if (!input.has('prevout')) return null;
  const output = input.object('prevout');
  return { value: output.amount('value'), script: output.object('scriptPubKey').bytes('hex') };
}

function refused(what: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `bitcoind's answer to ${METHOD} ${what}.`);
}
