import { equalBytes, fromHex, hashToHex } from '../../src/chain/bytes.ts';
import { hashMistake } from '../../src/chain/hex-mistakes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';
import { BitqlError } from '../../src/errors.ts';
import { type CoreCalls, toSatoshis } from '../core-calls.ts';
import { MINER } from '../lock.ts';
import type { Coin, NewOutput } from '../transaction-builder.ts';
import { send } from './payments.ts';
import { isNumbered, type Tools } from './tools.ts';

/** The pending transaction that an action acts on. */
export interface ChosenTransaction {
  readonly txid: string;
  /** Whether it was sent for this action because nothing was pending. */
  readonly sentFirst: boolean;
  /** Hashes of empty blocks that had to be mined first, for coins to spend. */
  readonly minedFirst: readonly string[];
}

/** A chosen transaction that the action removed from the mempool. */
export interface GoneTransaction extends ChosenTransaction {
  /** Txids of transactions that depended on it and are gone too. */
  readonly alsoGone: readonly string[];
}

/** A chosen transaction whose coins can be spent here again. */
export type Victim = OwnTransaction & ChosenTransaction;

/** The given transaction, else the latest payment that was made here, else a new payment. The index has seen it. */
export async function victimOf(tools: Tools, txid?: string): Promise<Victim> {
  const victim = await choose(tools, txid);
  await tools.seen();
  return victim;
}

/** The same for actions that sign nothing: the given transaction may be anybody's. */
export async function anyVictimOf(tools: Tools, txid?: string): Promise<ChosenTransaction> {
  if (txid === undefined) return victimOf(tools);
  const transaction = await pendingTransaction(tools.calls, txid);
  await tools.seen();
  return { txid: hashToHex(transaction.txid), sentFirst: false, minedFirst: [] };
}

async function choose(tools: Tools, txid: string | undefined): Promise<Victim> {
  const own = txid === undefined ? await latestOwnTransaction(tools.calls) : await ownTransaction(tools.calls, txid);
  if (own !== null) return { ...own, sentFirst: false, minedFirst: [] };
  const sent = await send(tools);
  return { ...(await ownTransaction(tools.calls, sent.txid)), sentFirst: true, minedFirst: sent.minedFirst };
}

/** A pending transaction that spends coins of the chain's miner. Any process may have made it. */
interface OwnTransaction {
  readonly txid: string;
  /** The miner's coins that it spends. */
  readonly coins: readonly Coin[];
  /** Number of all coins that it spends. */
  readonly inputCount: number;
  readonly outputs: readonly NewOutput[];
}

const REGTEST = networkById('btc-regtest');

/** @throws BitqlError BAD_SETTING if it is not pending, or spends none of the miner's coins */
async function ownTransaction(calls: CoreCalls, txid: string): Promise<OwnTransaction> {
  const own = await described(calls, await pendingTransaction(calls, txid));
  if (own.coins.length > 0) return own;
  throw new BitqlError(
    'BAD_SETTING',
    `${txid} spends no coins of this chain's miner, so no other transaction can spend the same here.`,
  );
}

/** The latest pending payment that was made here; null if there is none. */
async function latestOwnTransaction(calls: CoreCalls): Promise<OwnTransaction | null> {
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

/** @throws BitqlError BAD_SETTING if the text is not a txid, or the transaction is not pending */
async function pendingTransaction(calls: CoreCalls, txid: string): Promise<Transaction> {
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
