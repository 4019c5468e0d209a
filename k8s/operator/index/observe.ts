import type { BitcoinIndex, BitcoinNode } from '../../api/kinds.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
import { DEPLOYMENT, STATEFUL_SET } from '../runtime/kinds.ts';
import type { Resource } from '../runtime/resource.ts';
import type { WorkloadObject } from '../runtime/workloads.ts';
import { type Component, partName } from './names.ts';
import { type GatewayAnswer, GatewaySilent } from './poll.ts';

/** The state of a Deployment or a StatefulSet. */
export interface Workload {
  /** The number of Pods that the spec asks for. */
  readonly wanted: number;
  /** The number of existing Pods. */
  readonly replicas: number;
  readonly ready: number;
  /** Whether all Pods are of the current template. */
  readonly isCurrent: boolean;
  /** The image of its first container. */
  readonly image: string;
}

/** The observed state of an index. */
export interface IndexObservation {
  readonly node: BitcoinNode | null;
  readonly indexer: Workload | null;
  readonly gateway: Workload | null;
  /** Null where somebody else runs the database. */
  readonly mongodb: Workload | null;
  /** The answer of a gateway, or why there is none. */
  readonly api: GatewayAnswer | GatewaySilent;
}

/**
 * Observes what runs.
 * @param ask asks a gateway, and gets the number of ready ones; called only if one is ready
 */
export async function observe(
  cluster: KnownCluster,
  index: BitcoinIndex,
  node: BitcoinNode | null,
  ask: (ready: number) => Promise<GatewayAnswer | GatewaySilent>,
): Promise<IndexObservation> {
  const [indexer, gateway, mongodb] = await Promise.all([
    workload(cluster, DEPLOYMENT, index, 'indexer'),
    workload(cluster, DEPLOYMENT, index, 'gateway'),
    index.spec.store.managed === undefined ? null : workload(cluster, STATEFUL_SET, index, 'mongodb'),
  ]);
  const ready = gateway?.ready ?? 0;
  const api = ready === 0 ? new GatewaySilent('No gateway is ready.') : await ask(ready);
  return { node, indexer, gateway, mongodb, api };
}

async function workload(
  cluster: KnownCluster,
  resource: Resource,
  index: BitcoinIndex,
  component: Component,
): Promise<Workload | null> {
  const found = await cluster.read<WorkloadObject>(resource, index.metadata.namespace, partName(index, component));
  if (found === null) return null;
  const wanted = found.spec.replicas ?? 1;
  const { observedGeneration, replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = found.status ?? {};
  const isSeen = observedGeneration === found.metadata.generation;
  return {
    wanted,
    replicas,
    ready: readyReplicas,
    isCurrent: isSeen && updatedReplicas === wanted && replicas === wanted,
    image: found.spec.template.spec.containers[0]!.image,
  };
}

/** How far an index is. Unknown values are null. */
interface Heights {
  readonly network: string | null;
  /** The height of the highest indexed block. */
  readonly height: number | null;
  /** The height of the node's highest block. */
  readonly nodeHeight: number | null;
  /** The number of blocks that the node has and the index does not. */
  readonly lag: number | null;
  readonly coverage: readonly { readonly from: number; readonly to: number }[];
}

const NOTHING: Heights = { network: null, height: null, nodeHeight: null, lag: null, coverage: [] };

/** A stopped indexer does not know the node's newest blocks, so the node's own status counts as well. */
export function heightsOf({ api, node }: IndexObservation): Heights {
  if (api instanceof GatewaySilent || api.chain === null) return NOTHING;
  const { network, height, nodeHeight: seen, coverage } = api.chain;
  const known = [seen, node?.status?.chain?.blocks].filter((value) => typeof value === 'number');
  const nodeHeight = known.length === 0 ? null : Math.max(...known);
  const lag = nodeHeight === null ? null : Math.max(0, nodeHeight - (height ?? -1));
  return { network, height, nodeHeight, lag, coverage };
}
