import { hashToHex } from '../src/chain/bytes.ts';
import { send } from './actions/send.ts';
import { latestOwnTransaction, type OwnTransaction, ownTransaction, pendingTransaction } from './own-transaction.ts';
import type { Tools } from './tools.ts';

/** The pending transaction that something is to happen to. */
export interface Victim extends OwnTransaction {
  /** Whether it was made for that, as nothing was pending. */
  readonly sentFirst: boolean;
  /** Hashes of empty blocks that had to be mined first, for a coin to spend. */
  readonly minedFirst: readonly string[];
}

/** The given one, else the latest that was made here, else a new one; seen by whoever follows the node. */
export async function victimOf(tools: Tools, txid?: string): Promise<Victim> {
  const victim = await choose(tools, txid);
  await tools.seen();
  return victim;
}

/** The same, of anybody's: where nothing has to be signed anew. */
export async function anyVictimOf(
  tools: Tools,
  txid?: string,
): Promise<Pick<Victim, 'txid' | 'sentFirst' | 'minedFirst'>> {
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
