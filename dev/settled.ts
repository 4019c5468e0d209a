import { ask } from './ask.ts';
import { CoreCalls } from './core-calls.ts';
import { until } from './until.ts';

/** A node, and the GraphQL endpoint of an index of it. */
export interface Followed {
  /** Of the node's RPC, with user and password. */
  readonly nodeUrl: string;
  readonly url: string;
}

interface Overview {
  readonly chain: { readonly tip: { readonly hash: string } | null };
  readonly mempool: { readonly count: number } | null;
}

interface PendingPage {
  readonly transactions: { readonly nodes: readonly { readonly txid: string }[] };
}

const SOON_MS = 10_000;
/** Transactions that one query asks for. */
const AT_ONCE = 50;

/** Waits until queries show what the node has now: its tip, and just what its mempool holds. @throws Error after the timeout */
export async function untilSettled({ nodeUrl, url }: Followed, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const calls = new CoreCalls(nodeUrl, { timeoutMs, signal });
  await until('the index to catch up with its node', () => isSettled(calls, url), { timeoutMs, signal });
}

/** The same for so long as a command may take; false where queries do not show it by then. */
export function settlesSoon(followed: Followed): Promise<boolean> {
  return untilSettled(followed, SOON_MS).then(
    () => true,
    () => false,
  );
}

async function isSettled(calls: CoreCalls, url: string): Promise<boolean> {
  const [best, txids] = await Promise.all([calls.bestBlock(), calls.mempool()]);
  const overview = await overviewOf(url);
  if (overview?.chain.tip?.hash !== best || overview.mempool?.count !== txids.length) return false;
  for (let at = 0; at < txids.length; at += AT_ONCE) {
    if (!(await arePending(url, txids.slice(at, at + AT_ONCE)))) return false;
  }
  return true;
}

/** Null while the index is empty. */
async function overviewOf(url: string): Promise<Overview | null> {
  try {
    return await ask<Overview>(url, '{ chain { tip { hash } } mempool { count } }');
  } catch (error) {
    if (error instanceof Error && error.message.includes('NOT_SYNCED')) return null;
    throw error;
  }
}

async function arePending(url: string, txids: readonly string[]): Promise<boolean> {
  const query = `query ($txids: [Hash!], $first: Int) {
    transactions(filter: { txids: $txids, confirmed: false }, first: $first) { nodes { txid } }
  }`;
  const { transactions } = await ask<PendingPage>(url, query, { txids, first: AT_ONCE });
  return transactions.nodes.length === txids.length;
}
