import { ask as askEndpoint, endpointOf, type GraphqlAnswer } from '../src/client/ask.ts';
import { NoAnswer } from '../src/client/result.ts';
import { CoreCalls } from './core-calls.ts';
import { until } from './until.ts';

/**
 * The `data` of an answer of a GraphQL endpoint.
 * @throws Error with the reason why there is no answer, or with the messages and codes of the answer's errors
 */
export async function ask<T>(endpoint: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const { data, errors } = await answerOf<T>(endpoint, query, variables);
  if (errors !== undefined) throw new Error(errors.map(inWords).join('\n'), { cause: errors });
  return data as T;
}

async function answerOf<T>(
  endpoint: string,
  query: string,
  variables: Record<string, unknown>,
): Promise<GraphqlAnswer<T>> {
  try {
    return await askEndpoint<T>(endpointOf(endpoint), { query, variables });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (error.silence === 'no GraphQL') {
      throw new Error(`${endpoint} does not return a GraphQL answer. Is it the URL of a gateway?`, { cause: error });
    }
    throw new Error(`${endpoint} cannot be asked: ${error.message}.`, { cause: error });
  }
}

function inWords({
  message = 'no message',
  extensions,
}: NonNullable<GraphqlAnswer<unknown>['errors']>[number]): string {
  return extensions?.code === undefined ? message : `${message} (${extensions.code})`;
}

/** A node, and the GraphQL endpoint of an index of it. */
export interface Followed {
  /** URL of the node's RPC, with user and password. */
  readonly nodeUrl: string;
  readonly url: string;
}

/** What an index shows at one moment, and which of some transactions are pending in it. */
interface Overview {
  readonly chain: { readonly tip: { readonly hash: string } | null };
  readonly mempool: { readonly count: number } | null;
  readonly transactions: { readonly nodes: readonly { readonly txid: string }[] };
}

const SOON_MS = 10_000;
/** How many transactions one query asks for. */
const AT_ONCE = 50;

/** Waits until queries show what the node has now: its tip, and exactly the transactions of its mempool. @throws Error after the timeout */
export async function untilSettled({ nodeUrl, url }: Followed, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const calls = new CoreCalls(nodeUrl, { timeoutMs, signal });
  await until('the index to catch up with its node', () => isSettled(calls, url), { timeoutMs, signal });
}

/** The same for 10 seconds; false if queries do not show it by then. */
export function settlesSoon(followed: Followed): Promise<boolean> {
  return untilSettled(followed, SOON_MS).then(
    () => true,
    () => false,
  );
}

async function isSettled(calls: CoreCalls, url: string): Promise<boolean> {
  const [best, txids] = await Promise.all([calls.bestBlock(), calls.mempool()]);
  // Each answer is of one moment: as many are pending as in the node, and these are among them.
  for (let at = 0; at === 0 || at < txids.length; at += AT_ONCE) {
    const some = txids.slice(at, at + AT_ONCE);
    const overview = await overviewOf(url, some);
    if (overview?.chain.tip?.hash !== best || overview.mempool?.count !== txids.length) return false;
    if (overview.transactions.nodes.length !== some.length) return false;
  }
  return true;
}

/** Null while the index is empty. */
async function overviewOf(url: string, txids: readonly string[]): Promise<Overview | null> {
  const query = `query ($txids: [Hash!]!, $first: Int) {
    chain { tip { hash } }
    mempool { count }
    transactions(filter: { txids: $txids, confirmed: false }, first: $first) { nodes { txid } }
  }`;
  try {
    return await ask<Overview>(url, query, { txids, first: AT_ONCE });
  } catch (error) {
    if (error instanceof Error && error.message.includes('NOT_SYNCED')) return null;
    throw error;
  }
}
