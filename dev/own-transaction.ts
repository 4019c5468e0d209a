import { equalBytes, fromHex, hashToHex } from '../src/chain/bytes.ts';
import { hashMistake } from '../src/chain/hex-mistakes.ts';
import { networkById } from '../src/chain/networks.ts';
import { type Transaction, transactionFromBytes } from '../src/chain/transaction.ts';
import { BitqlError } from '../src/errors.ts';
import { toSatoshis } from './amount.ts';
import type { CoreCalls } from './core-calls.ts';
import { MINER } from './miner.ts';
import { isNumbered } from './sequences.ts';
import type { Coin, NewOutput } from './transaction-builder.ts';

/** A pending transaction that spends coins of the chain's miner, whoever made it. */
export interface OwnTransaction {
  readonly txid: string;
  /** Those that it spends of the miner's. */
  readonly coins: readonly Coin[];
  /** How many it spends in all. */
  readonly inputCount: number;
  readonly outputs: readonly NewOutput[];
}

const REGTEST = networkById('btc-regtest');

/** @throws BitqlError BAD_SETTING if it is not pending, or spends none of the miner's coins */
export async function ownTransaction(calls: CoreCalls, txid: string): Promise<OwnTransaction> {
  const own = await described(calls, await pendingTransaction(calls, txid));
  if (own.coins.length > 0) return own;
  throw new BitqlError(
    'BAD_SETTING',
    `${txid} spends no coins of this chain's miner, so no other transaction can spend the same here.`,
  );
}

/** The latest of the pending payments that were made here; null if there is none. */
export async function latestOwnTransaction(calls: CoreCalls): Promise<OwnTransaction | null> {
  const raw = await calls.pendingTransactions(await calls.mempool());
  const numbered = raw
    .map(parse)
    .filter(({ inputs }) => isNumbered(inputs[0]!.sequence))
    .sort((a, b) => b.inputs[0]!.sequence - a.inputs[0]!.sequence);
  for (const transaction of numbered) {
    const own = await described(calls, transaction);
    if (own.coins.length > 0) return own;
  }
  return null;
}

/** @throws BitqlError BAD_SETTING for what is no txid, or not of a pending transaction */
export async function pendingTransaction(calls: CoreCalls, txid: string): Promise<Transaction> {
  const mistake = hashMistake(txid);
  if (mistake !== null)
    throw new BitqlError('BAD_SETTING', `A txid is 64 hexadecimal digits, not "${txid}": ${mistake}.`);
  // A node with -txindex finds confirmed ones too.
  const raw = (await calls.mempoolEntry(txid)) === null ? [] : await calls.pendingTransactions([txid]);
  if (raw[0] !== undefined) return parse(raw[0]);
  throw new BitqlError('BAD_SETTING', `${txid} is not pending: the node's mempool does not hold it.`);
}

async function described(calls: CoreCalls, transaction: Transaction): Promise<OwnTransaction> {
  const { txid, inputs, outputs, inputCount } = transaction;
  const outpoints = inputs.map((input) => [hashToHex(input.previousTxid), input.previousIndex] as const);
  const spent = await calls.outputs(outpoints, false);
  const coins = await Promise.all(
    outpoints.map(async ([parent, index], i): Promise<Coin | null> => {
      const answer = spent[i];
      const output = answer == null ? await pendingOutput(calls, parent, index) : outputOf(answer);
      if (output === null || !isMiners(output)) return null;
      return { txid: parent, index, value: output.value, lock: MINER };
    }),
  );
  return {
    txid: hashToHex(txid),
    coins: coins.filter((coin) => coin !== null),
    inputCount,
    outputs: outputs.map(({ value, script }) => ({ value, script })),
  };
}

async function pendingOutput(calls: CoreCalls, txid: string, index: number): Promise<NewOutput | null> {
  const [raw] = await calls.pendingTransactions([txid]);
  return raw === undefined ? null : (parse(raw).outputs[index] ?? null);
}

function outputOf({ value, scriptPubKey }: { value: number; scriptPubKey: { hex: string } }): NewOutput {
  return { value: toSatoshis(value), script: fromHex(scriptPubKey.hex) };
}

/** Whether it pays to the miner. */
export function isMiners({ script }: NewOutput): boolean {
  return equalBytes(script, MINER.script);
}

function parse(hex: string): Transaction {
  return transactionFromBytes(fromHex(hex), REGTEST);
}
