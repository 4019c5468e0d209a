import { BitqlError } from '../../../src/errors.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import type { BitcoinNode, BlockTrigger } from '../../api/kinds.ts';
import { badAddressOf } from '../node/bad-address.ts';
import { NODE } from '../node/names.ts';
import { connectToNode } from '../node/node-connection.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import type { Chain } from './chain.ts';
import { NodeChain } from './node-chain.ts';
import { Obstacle } from './obstacle.ts';

export interface NodeAccess {
  readonly node: BitcoinNode;
  readonly chain: Chain;
}

const RETRY_MS = 5_000;
/** Its status is watched. */
const SILENT_RETRY_MS = 60_000;

/**
 * The node of a trigger, with calls that end at the signal of the reconcile.
 * @throws Obstacle NodeReady, where it is missing, stopped, has no password yet, or is known not to answer
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
  const silent = node.status?.conditions?.find(({ type, reason }) => type === 'RPCReachable' && reason === 'Timeout');
  // Whoever looks after the node asks it now and then, and its status tells when it answers.
  if (silent !== undefined) throw nodeObstacle(silent.reason, silent.message, undefined, SILENT_RETRY_MS);
  return answering(async () => {
    const rpc = (await connectToNode(cluster, node)).until(signal);
    const calls: Rpc['calls'] = (...asked) => outside(rpc.host, () => rpc.calls(...asked));
    return { node, chain: new NodeChain({ calls }) };
  });
}

/** @throws Obstacle NodeReady, where the node does not do what it is asked for */
export async function answering<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof BitqlError) || !(error.code in REASONS)) throw error;
    throw nodeObstacle(REASONS[error.code]!, error.message, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  NODE_UNREACHABLE: 'Unreachable',
  NODE_UNAUTHORIZED: 'AuthFailed',
  NODE_WARMING_UP: 'WarmingUp',
  NODE_REFUSED: 'Refused',
};

export function nodeObstacle(reason: string, message: string, cause?: unknown, retryMs = RETRY_MS): Obstacle {
  const code = cause instanceof BitqlError ? cause.code : 'NODE_UNREACHABLE';
  return new Obstacle(code, { condition: 'NodeReady', reason, message, retryMs }, cause);
}
