import type { SpentOutput } from '../../src/chain/undo.ts';
import { BitqlError } from '../../src/errors.ts';
import { type Rpc, rpcCode } from '../../src/rpc/rpc.ts';
import { array, bytesFromHex, integer, type Json, object, satoshis, text } from './answers.ts';

const METHOD = 'getblock';
const WITH_PREVOUT = 3;

/**
 * What a block spends by `getblock HASH 3`, whole; null where that tells no `prevout`s: before Core 23, and where the
 * block's undo data is gone. Only for nodes of BTC: Bitcoin SV's 3 means header and coinbase, and Bitcoin Cash Node gives
 * a script without its CashTokens prefix, with `tokenData` beside it.
 */
export async function spentByGetblock(rpc: Rpc, hash: string): Promise<SpentOutput[][] | null> {
  try {
    return parsePrevouts(await rpc.longCall(METHOD, hash, WITH_PREVOUT));
  } catch (error) {
    if (rpcCode(error) !== undefined) return null;
    throw error;
  }
}

function parsePrevouts(answer: unknown): SpentOutput[][] | null {
  const block = object(answer, METHOD);
  const spent = array(block.tx).map((transaction) => inputsOf(transaction).map(parsePrevout));
  if (spent.some((outputs) => outputs.includes(null))) return null;
  if (spent.length !== integer(block, 'nTx')) throw refused('has not all transactions of the block');
  return spent as SpentOutput[][];
}

function inputsOf(transaction: unknown): Json[] {
  return array(object(transaction, METHOD).vin)
    .map((input) => object(input, METHOD))
    .filter((input) => input.coinbase === undefined);
}

function parsePrevout({ prevout }: Json): SpentOutput | null {
  if (prevout === undefined) return null;
  const output = object(prevout, METHOD);
  const script = bytesFromHex(text(object(output.scriptPubKey, METHOD), 'hex'), METHOD);
  return { value: satoshis(output.value, METHOD), script };
}

function refused(what: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `bitcoind's answer to ${METHOD} ${what}.`);
}
