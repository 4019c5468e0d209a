import { BitqlError } from '../../../src/errors.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { type ApplyRules, applyChildren } from '../runtime/apply.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
import { isServed, readServed } from '../runtime/discovery.ts';
import {
  CONFIG_MAP,
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SECRET,
  SERVICE,
  SERVICE_MONITOR,
  STATEFUL_SET,
} from '../runtime/kinds.ts';
import type { Obstacle } from '../runtime/obstacle.ts';
import type { ApiObject, KubernetesObject, Resource } from '../runtime/resource.ts';
import { growClaim } from '../runtime/workloads.ts';
import { desiredIndex } from './desired.ts';
import { type FoundInputs, readIndexInputs } from './inputs.ts';
import { labelsOf, partName } from './names.ts';
import { notServed, OPTIONAL, type Served } from './served.ts';

/** The kinds of the children of an index. */
export const INDEX_CHILD_KINDS: readonly Resource[] = [
  SECRET,
  CONFIG_MAP,
  SERVICE,
  DEPLOYMENT,
  STATEFUL_SET,
  HORIZONTAL_POD_AUTOSCALER,
  POD_DISRUPTION_BUDGET,
  INGRESS,
  NETWORK_POLICY,
  SERVICE_MONITOR,
];
/** Kinds whose objects are deleted when the index no longer wants them. All other children stay as long as the index. */
const RECALLABLE = [INGRESS, NETWORK_POLICY, SERVICE_MONITOR];
const DISPENSABLE = [HORIZONTAL_POD_AUTOSCALER, POD_DISRUPTION_BUDGET, INGRESS, SERVICE_MONITOR];

/** What was applied, or what prevented it. */
export interface AppliedIndex extends FoundInputs {
  /** Kinds that the cluster does not serve. */
  readonly notServed: readonly string[];
  /** Kinds for which the cluster does not report whether it serves them. */
  readonly notKnown: readonly string[];
  /** The error of the cluster while objects were applied; null for none. */
  readonly error: BitqlError | null;
}

const NOTHING: AppliedIndex = { node: null, obstacles: [], inputs: null, notServed: [], notKnown: [], error: null };

/** Creates everything that an index consists of, and deletes what it had and no longer wants. */
export async function applyIndex(
  cluster: KnownCluster,
  index: BitcoinIndex,
  image: string | null,
): Promise<AppliedIndex> {
  let applied = NOTHING;
  try {
    const served = await readServed(cluster, OPTIONAL);
    const found = await readIndexInputs(cluster, index, { image, served });
    applied = {
      ...applied,
      ...found,
      notServed: notServed(index, served, false),
      notKnown: notServed(index, served, null),
    };
    if (found.inputs === null) return applied;
    await applyChildren(cluster, index, desiredIndex(index, found.inputs), rulesOf(index, served));
    await growClaims(cluster, index);
    return applied;
  } catch (error) {
    if (!isObstacleOfIndex(error)) throw error;
    return { ...applied, obstacles: [obstacleOf(error)], error };
  }
}

/** A change by another writer and the end of this operator's own time do not concern the index. */
function isObstacleOfIndex(error: unknown): error is BitqlError {
  return error instanceof BitqlError && !['CLUSTER_CONFLICT', 'LEASE_LOST', 'TIMEOUT'].includes(error.code);
}

function obstacleOf({ message, retryable }: BitqlError): Obstacle {
  return { condition: 'Reconciled', reason: retryable ? 'Failed' : 'Refused', message, isFinal: !retryable };
}

function rulesOf(index: BitcoinIndex, served: Served): ApplyRules {
  return {
    noun: 'index',
    recallable: RECALLABLE.filter((resource) => isServed(resource, OPTIONAL, served)),
    dispensable: DISPENSABLE,
    isKept: (there) => isKeptFor(index, there),
    madeAs: (child) => (isScaledByOthers(child) ? withReplicas(child, index.spec.gateway.replicas.min) : undefined),
  };
}

/** Objects that are kept together with the volumes of a database have no owner. */
function isKeptFor(index: BitcoinIndex, { metadata }: ApiObject): boolean {
  const hasOwner = metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  return (
    !hasOwner && Object.entries(labelsOf(index, 'mongodb')).every(([name, value]) => metadata.labels?.[name] === value)
  );
}

type Scaled = KubernetesObject & { readonly spec: { readonly replicas?: number } };

/** A Deployment whose number of Pods is set by an autoscaler. */
function isScaledByOthers(object: KubernetesObject): object is Scaled {
  return object.kind === DEPLOYMENT.kind && (object as Scaled).spec.replicas === undefined;
}

/**
 * It starts with the minimum number of Pods instead of one. The number is set when the object is created, not when it is applied:
 * a field that is applied once and then left out is removed.
 */
function withReplicas(object: Scaled, replicas: number): KubernetesObject {
  return { ...object, spec: { ...object.spec, replicas } };
}

async function growClaims(cluster: KnownCluster, index: BitcoinIndex): Promise<void> {
  const { managed } = index.spec.store;
  const { namespace } = index.metadata;
  for (let ordinal = 0; managed !== undefined && ordinal < managed.members; ordinal += 1) {
    const name = `data-${partName(index, 'mongodb')}-${ordinal}`;
    await growClaim(cluster, { namespace, name }, managed.storage.size);
  }
}
