import { BitqlError } from '../../../src/errors.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { applyChildren, NameTaken } from '../runtime/apply.ts';
import type { ClusterReadOptions, KnownCluster } from '../runtime/cluster.ts';
import { isServed, kindsAnswered, type OptionalKinds, readServed, type ServedKinds } from '../runtime/discovery.ts';
import { NETWORK_POLICY, POD_DISRUPTION_BUDGET, SECRET, SERVICE, STATEFUL_SET } from '../runtime/kinds.ts';
import { isObstacle, type Obstacle } from '../runtime/obstacle.ts';
import type { ApiObject, KubernetesObject, Resource } from '../runtime/resource.ts';
import { growClaim, type WorkloadObject } from '../runtime/workloads.ts';
import type { Login } from './connection.ts';
import { desiredNode } from './desired.ts';
import { type NodeImages, readNodeInputs } from './inputs.ts';
import { nodeNames } from './names.ts';

/** The kinds of the children of a node. */
export const NODE_CHILD_KINDS: readonly Resource[] = [
  SECRET,
  NETWORK_POLICY,
  SERVICE,
  STATEFUL_SET,
  POD_DISRUPTION_BUDGET,
];

type OptionalNodeKind = 'networkPolicy' | 'disruptionBudget';

/** Kinds of a node that not every cluster serves. */
const OPTIONAL: OptionalKinds<OptionalNodeKind> = {
  networkPolicy: [NETWORK_POLICY],
  disruptionBudget: [POD_DISRUPTION_BUDGET],
};
/** Kinds whose objects are deleted when the node no longer wants them. */
const RECALLABLE = [SERVICE, NETWORK_POLICY];

/** The state of a node's objects in the cluster. */
export interface NodeChildren {
  /** Null if nothing prevents what the spec asks for. */
  readonly obstacle: Obstacle | null;
  /** Kinds that the cluster does not serve, as `KIND of GROUP/VERSION`. */
  readonly notServed: readonly string[];
  /** Null for an external node, and if there is no Pod. */
  readonly pod: PodState | null;
  /** The size of the volume, as a quantity; null if not known. */
  readonly volumeCapacity: string | null;
}

interface PodState {
  readonly isReady: boolean;
  /** Whether the Pod matches the current spec. */
  readonly isCurrent: boolean;
}

/** What was applied, and the login for calls to the node; null if not known. */
export interface AppliedNode {
  readonly children: NodeChildren;
  readonly login: Login | null;
}

const NOT_ASKED: ServedKinds<OptionalNodeKind> = { networkPolicy: null, disruptionBudget: null };
const NOTHING: NodeChildren = { obstacle: null, notServed: [], pod: null, volumeCapacity: null };

/** Creates everything that a node consists of, and deletes what it had and no longer wants. */
export async function applyNode(
  cluster: KnownCluster,
  node: BitcoinNode,
  images: NodeImages,
  reading: ClusterReadOptions = {},
): Promise<AppliedNode> {
  const inputs = await readNodeInputs(cluster, node, reading);
  if (isObstacle(inputs)) return { children: { ...NOTHING, obstacle: inputs }, login: null };
  const { login } = inputs;
  const desired = desiredNode(node, inputs, images);
  const isExternal = node.spec.external !== undefined;
  const served = isExternal ? NOT_ASKED : await readServed(cluster, OPTIONAL);
  const isMade = (kind: Pick<Resource, 'kind'>) => isServed(kind, OPTIONAL, served);
  const notServed = kindsAnswered(false, optionalAmong(desired), OPTIONAL, served);
  try {
    const recallable = isExternal ? [] : RECALLABLE.filter(isMade);
    const applied = await applyChildren(cluster, node, desired.filter(isMade), { noun: 'node', recallable });
    if (isExternal) return { children: NOTHING, login };
    const { name, namespace } = node.metadata;
    const claim = { namespace, name: nodeNames(name).volume };
    const volumeCapacity = await growClaim(cluster, claim, node.spec.storage.size);
    return { children: { obstacle: null, notServed, pod: podStateIn(applied), volumeCapacity }, login };
  } catch (error) {
    const children = { ...NOTHING, obstacle: obstacleOf(error), notServed };
    return { children, login: error instanceof NameTaken ? null : login };
  }
}

function optionalAmong(desired: readonly KubernetesObject[]): OptionalNodeKind[] {
  return (Object.keys(OPTIONAL) as OptionalNodeKind[]).filter((name) =>
    OPTIONAL[name].some(({ kind }) => desired.some((object) => object.kind === kind)),
  );
}

/** The obstacle for an error that every retry would give again. @throws any other error */
function obstacleOf(error: unknown): Obstacle {
  const reason = error instanceof NameTaken ? 'NameTaken' : REASONS[error instanceof BitqlError ? error.code : ''];
  if (reason === undefined) throw error;
  return { condition: 'Reconciled', reason, message: (error as BitqlError).message, isFinal: true };
}

const REASONS: Readonly<Record<string, string>> = { CLUSTER_REFUSED: 'Refused', CLUSTER_FORBIDDEN: 'Forbidden' };

function podStateIn(applied: readonly ApiObject[]): PodState | null {
  const workload = applied.find(({ kind }) => kind === STATEFUL_SET.kind) as WorkloadObject | undefined;
  if (workload === undefined) return null;
  const { metadata, status = {} } = workload;
  const isObserved = status.observedGeneration === metadata.generation;
  return {
    isReady: (status.readyReplicas ?? 0) > 0,
    isCurrent: isObserved && status.currentRevision === status.updateRevision,
  };
}
