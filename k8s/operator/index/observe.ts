import type { BitcoinIndex, BitcoinNode } from '../../api/kinds.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
import { DEPLOYMENT, STATEFUL_SET } from '../runtime/kinds.ts';
import type { KubernetesObject, Resource } from '../runtime/resource.ts';
import { GatewaySilent, type GatewayStatus } from './gateway-status.ts';
import { partName } from './names.ts';

/** How far a Deployment or a StatefulSet is. */
export interface Workload {
  /** How many Pods there are to be. */
  readonly wanted: number;
  /** How many there are. */
  readonly replicas: number;
  readonly ready: number;
  /** Whether all Pods are of the present template, and none of an older one is left. */
  readonly isCurrent: boolean;
  /** Of its first container. */
  readonly image: string;
}

/** What is found of an index. */
export interface Observation {
  readonly node: BitcoinNode | null;
  readonly indexer: Workload | null;
  readonly gateway: Workload | null;
  /** Null where somebody else runs the database. */
  readonly mongodb: Workload | null;
  /** What a gateway says, or why none does. */
  readonly api: GatewayStatus | GatewaySilent;
}

/**
 * Looks at what runs.
 * @param ask what a gateway says, with how many are ready; it is only called where one is
 */
export async function observe(
  cluster: KnownCluster,
  index: BitcoinIndex,
  node: BitcoinNode | null,
  ask: (ready: number) => Promise<GatewayStatus | GatewaySilent>,
): Promise<Observation> {
  const [indexer, gateway, mongodb] = await Promise.all([
    workload(cluster, DEPLOYMENT, index, 'indexer'),
    workload(cluster, DEPLOYMENT, index, 'gateway'),
    index.spec.store.managed === undefined ? null : workload(cluster, STATEFUL_SET, index, 'mongodb'),
  ]);
  const ready = gateway?.ready ?? 0;
  const api = ready === 0 ? new GatewaySilent('No gateway is ready.') : await ask(ready);
  return { node, indexer, gateway, mongodb, api };
}

interface WorkloadObject extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
  };
}

async function workload(
  cluster: KnownCluster,
  resource: Resource,
  index: BitcoinIndex,
  component: 'indexer' | 'gateway' | 'mongodb',
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
