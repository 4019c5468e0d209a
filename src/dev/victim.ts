import { send } from './actions/send.ts';
import { latestOwnTransaction, type OwnTransaction, ownTransaction } from './own-transaction.ts';
import type { Tools } from './tools.ts';

/** The pending transaction that something is to happen to. */
export interface Victim extends OwnTransaction {
  /** Whether it was made for that, as nothing was pending. */
  readonly sentFirst: boolean;
  /** Hashes of empty blocks that had to be mined first, for a coin to spend. */
  readonly minedFirst: readonly string[];
}

/** The given one, else the latest that was made here, else a new one. */
export async function victimOf(tools: Tools, txid?: string): Promise<Victim> {
  const own = txid === undefined ? await latestOwnTransaction(tools.calls) : await ownTransaction(tools.calls, txid);
  if (own !== null) return { ...own, sentFirst: false, minedFirst: [] };
  const sent = await send(tools);
  return { ...(await ownTransaction(tools.calls, sent.txid)), sentFirst: true, minedFirst: sent.minedFirst };
}
