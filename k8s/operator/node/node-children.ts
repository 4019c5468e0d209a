import type { BitcoinNode } from '../../api/kinds.ts';
import type { Cluster, KnownCluster, ReadOptions } from '../runtime/cluster.ts';
import { NETWORK_POLICY, POD_DISRUPTION_BUDGET, SECRET, SERVICE, STATEFUL_SET } from '../runtime/kinds.ts';
import { isOwnedBy } from '../runtime/ownership.ts';
import type { ApiObject, KubernetesObject, Resource } from '../runtime/resource.ts';
import { desiredNode } from './desired-node.ts';
import { gatherInputs } from './gather-inputs.ts';
import { growVolume } from './grow-volume.ts';
import type { Login } from './login.ts';
import { NODE } from './names.ts';
import type { NodeImages } from './node-inputs.ts';
import type { NodeChildren, Workload } from './node-situation.ts';
import { isObstacle, type Obstacle, obstacleOf } from './obstacle.ts';

/** Kinds that a node consists of. */
export const CHILD_KINDS: readonly Resource[] = [SECRET, NETWORK_POLICY, SERVICE, STATEFUL_SET, POD_DISRUPTION_BUDGET];
/** Kinds that not each cluster serves. */
const OPTIONAL_KINDS: readonly Resource[] = [NETWORK_POLICY, POD_DISRUPTION_BUDGET];

/** What was brought about, and what the node is to be asked with; null where that is not known. */
export interface AppliedNode {
  readonly children: NodeChildren;
  readonly login: Login | null;
}

const NOTHING: NodeChildren = { obstacle: null, notServed: [], workload: null, volumeCapacity: null };

/** Makes all that a node consists of, and takes back what it had and wants no more. */
export async function applyNode(
  cluster: KnownCluster,
  node: BitcoinNode,
  images: NodeImages,
  reading: ReadOptions = {},
): Promise<AppliedNode> {
  const inputs = await gatherInputs(cluster, node, reading);
  if (isObstacle(inputs)) return { children: { ...NOTHING, obstacle: inputs }, login: null };
  const desired = desiredNode(node, inputs, images);
  const optional = await optionalKinds(cluster, desired);
  const missing = optional.filter(({ isServed }) => isServed !== true).map(({ resource }) => resource);
  const refused = optional.filter(({ isServed }) => isServed === false).map(({ resource }) => resource);
  const notServed = refused.map(({ kind, apiVersion }) => `${kind} of ${apiVersion}`);
  try {
    const made = desired.filter((object) => !missing.some(({ kind }) => kind === object.kind));
    const { obstacle, workload } = await applyAll(cluster, node, made);
    if (obstacle !== null) return { children: { ...NOTHING, obstacle, notServed }, login: null };
    if (node.spec.external !== undefined) return { children: NOTHING, login: inputs.login };
    await takeBack(cluster, node, desired, missing);
    const volumeCapacity = await growVolume(cluster, node);
    return { children: { obstacle, notServed, workload, volumeCapacity }, login: inputs.login };
  } catch (error) {
    return { children: { ...NOTHING, obstacle: obstacleOf(error), notServed }, login: inputs.login };
  }
}

/** Kinds of what is desired that not each cluster has, and whether this one has them; null where it does not say. */
async function optionalKinds(cluster: Cluster, desired: readonly KubernetesObject[]) {
  const wanted = OPTIONAL_KINDS.filter(({ kind }) => desired.some((object) => object.kind === kind));
  return Promise.all(wanted.map(async (resource) => ({ resource, isServed: await cluster.serves(resource) })));
}

async function applyAll(
  cluster: KnownCluster,
  node: BitcoinNode,
  desired: readonly KubernetesObject[],
): Promise<{ readonly obstacle: Obstacle | null; readonly workload: Workload | null }> {
  let workload: Workload | null = null;
  for (const object of desired) {
    const there = await cluster.keep(object, { isOurs: (found) => isOwnedBy(found, NODE, node.metadata) });
    if (there === null) return { obstacle: nameTaken(object), workload };
    if (object.kind === STATEFUL_SET.kind) workload = workloadOf(there);
  }
  return { obstacle: null, workload };
}

function nameTaken({ kind, metadata: { name } }: KubernetesObject): Obstacle {
  const message = `There is a ${kind} ${name} that was not made for this node: delete it, or call the node otherwise.`;
  return { reason: 'NameTaken', message };
}

interface StatefulSetObject extends ApiObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

function workloadOf({ metadata, status = {} }: StatefulSetObject): Workload {
  const isObserved = status.observedGeneration === metadata.generation;
  return {
    isReady: (status.readyReplicas ?? 0) > 0,
    isCurrent: isObserved && status.currentRevision === status.updateRevision,
  };
}

/** Of all children, only these two kinds have some that are not always wanted. */
async function takeBack(
  cluster: KnownCluster,
  node: BitcoinNode,
  desired: readonly KubernetesObject[],
  missing: readonly Resource[],
): Promise<void> {
  for (const resource of [SERVICE, NETWORK_POLICY]) {
    if (missing.includes(resource)) continue;
    for (const { metadata } of cluster.owned(resource, node)) {
      if (desired.some(({ kind, metadata: { name } }) => kind === resource.kind && name === metadata.name)) continue;
      await cluster.delete(resource, node.metadata.namespace, metadata.name, { uid: metadata.uid! });
    }
  }
}
