import { ask, type Endpoint, endpointOf, type GraphqlAnswer, type GraphqlRequest } from '../../../src/client/ask.ts';
import { NoAnswer } from '../../../src/client/result.ts';
import { BitqlError } from '../../../src/errors.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import type { BitcoinNode, BlockTrigger } from '../../api/kinds.ts';
import { gatewayUrl } from '../index/names.ts';
import { connectToNode } from '../node/connection.ts';
import { badAddress, badAddressOf, NODE } from '../node/names.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { SECRET } from '../runtime/kinds.ts';
import { ObstacleError } from '../runtime/obstacle.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import { type SecretObject, secretText } from '../runtime/resource.ts';
import type { RestPeriod, Silences } from '../runtime/silences.ts';
import { conditionOf } from '../runtime/status.ts';
import { type Chain, NodeChain } from './chain.ts';

/** The node of a trigger, and its chain. */
export interface NodeAccess {
  readonly node: BitcoinNode;
  readonly chain: Chain;
}

const NODE_RETRY_MS = 5_000;
/** Much longer, because the status of a node is watched. */
const SILENT_RETRY_MS = 60_000;

/**
 * The node of a trigger, with calls that end at the signal of the reconcile.
 * @throws ObstacleError NodeReady if it is missing, stopped, has no password yet, or is known not to answer
 */
export async function accessNode(
  { spec, metadata }: BlockTrigger,
  { cluster, signal, outside }: ReconcileContext,
): Promise<NodeAccess> {
  const { name } = spec.nodeRef;
  const node = await cluster.get<BitcoinNode>(NODE, metadata.namespace, name);
  if (node === null) throw nodeObstacle('NotFound', `There is no BitcoinNode ${name} in this namespace.`);
  if (node.spec.desiredState === 'Stopped' && node.spec.external === undefined) {
    throw nodeObstacle('Stopped', `spec.desiredState of BitcoinNode ${name} is Stopped.`);
  }
  const problem = badAddressOf(node);
  if (problem !== null) throw nodeObstacle('BadAddress', problem);
  const reachable = conditionOf(node, 'RPCReachable');
  // The node's own reconciler asks it regularly, and its status shows when it answers.
  if (reachable?.reason === 'Timeout') throw nodeObstacle('Timeout', reachable.message, undefined, SILENT_RETRY_MS);
  return answering(async () => {
    const rpc = (await connectToNode(cluster, node)).until(signal);
    const calls: Rpc['calls'] = (...asked) => outside(rpc.host, () => rpc.calls(...asked));
    return { node, chain: new NodeChain({ calls }) };
  });
}

/** @throws ObstacleError NodeReady if the call to the node fails */
export async function answering<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    // An obstacle that was found before has a better message.
    if (error instanceof ObstacleError || !(error instanceof BitqlError) || !(error.code in REASONS)) throw error;
    throw nodeObstacle(REASONS[error.code]!, error.message, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  NODE_UNREACHABLE: 'Unreachable',
  NODE_UNAUTHORIZED: 'AuthFailed',
  NODE_WARMING_UP: 'WarmingUp',
  NODE_REFUSED: 'Refused',
};

export function nodeObstacle(reason: string, message: string, cause?: unknown, retryMs = NODE_RETRY_MS): ObstacleError {
  const code = cause instanceof BitqlError ? cause.code : 'NODE_UNREACHABLE';
  return new ObstacleError(code, { condition: 'NodeReady', reason, message, retryMs }, cause);
}

const INPUT_RETRY_MS = 10_000;

/** The endpoint for matches. @throws ObstacleError IndexReady if the API key is missing; Stalled if the address is invalid */
export async function indexEndpoint({ spec, metadata }: BlockTrigger, cluster: Cluster): Promise<Endpoint> {
  const { namespace } = metadata;
  const { name = '', url = `${gatewayUrl({ namespace, name })}/graphql`, apiKeySecretRef } = spec.index ?? {};
  const problem = badAddress(url);
  if (problem !== null) {
    const finding = { condition: 'Stalled', reason: 'BadAddress', message: problem, retryMs: INPUT_RETRY_MS } as const;
    throw new ObstacleError('BAD_SETTING', finding);
  }
  if (apiKeySecretRef === undefined) return endpointOf(url);
  const secret = await cluster.get<SecretObject>(SECRET, namespace, apiKeySecretRef.name);
  const apiKey = secretText(secret, apiKeySecretRef.key);
  if (apiKey !== undefined) return endpointOf(url, apiKey.trim());
  const message = `There is no Secret ${apiKeySecretRef.name} with the key ${apiKeySecretRef.key}.`;
  const finding = { condition: 'IndexReady', reason: 'SecretMissing', message, retryMs: INPUT_RETRY_MS } as const;
  throw new ObstacleError('UNAUTHENTICATED', finding);
}

/** A query to an index. @throws ObstacleError IndexReady if it does not answer */
export type AskIndex = (query: GraphqlRequest) => Promise<GraphqlAnswer<unknown>>;

/** Times between two calls to an index that does not answer. */
export const SILENT_INDEX_TIMES = { firstMs: 5_000, longestMs: 60_000 };

const LIMITS = { timeoutMs: 15_000, maxBytes: 4 * 1024 * 1024 };

/**
 * Calls to an index, which end at the signal of the reconcile. Redirects are not followed: the user chose the address, not the
 * target, and the API key would go with it.
 * @param silences all indexes that did not answer, by URL
 */
export function accessIndex(
  endpoint: Endpoint,
  { outside, signal, steadyNow }: ReconcileContext,
  silences: Silences<string>,
): AskIndex {
  const { host, origin, pathname, href: url } = endpoint.url;
  const unlessAtRest = () => {
    const rest = silences.rest(url, steadyNow());
    if (rest !== null) throw unreachable(rest);
  };
  return async (query) => {
    unlessAtRest();
    const call = async () => {
      unlessAtRest();
      return ask(endpoint, query, { ...LIMITS, redirect: 'error', signal });
    };
    try {
      const answer = await outside(host, call);
      silences.forget(url);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof NoAnswer)) throw error;
      const message = `${origin}${pathname} does not return a GraphQL answer: ${error.message}.`;
      throw unreachable({ what: message, ms: silences.note(url, message, steadyNow()) }, error);
    }
  };
}

function unreachable({ what, ms }: RestPeriod<string>, cause?: unknown): ObstacleError {
  const finding = { condition: 'IndexReady', reason: UNREACHABLE, message: what, retryMs: ms } as const;
  return new ObstacleError('NOT_SYNCED', finding, cause);
}

/** A reason of the condition IndexReady. */
export const UNREACHABLE = 'IndexUnreachable';
