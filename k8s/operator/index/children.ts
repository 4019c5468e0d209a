import { BitqlError } from '../../../src/errors.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
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
import { isOwnedBy } from '../runtime/ownership.ts';
import type { ApiObject, KubernetesObject, Resource } from '../runtime/resource.ts';
import type { Served } from './inputs.ts';
import { INDEX } from './kind.ts';
import { labelsOf } from './names.ts';
import { isServed } from './served.ts';

/** Kinds that an index consists of. */
export const CHILD_KINDS: readonly Resource[] = [
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
/** What an index may have had and want no more. All else of it stays until its end. */
const RECALLABLE = [INGRESS, NETWORK_POLICY, SERVICE_MONITOR];

/** What nothing else of an index needs: where the cluster does not take it, the rest is made all the same. */
const NOT_NEEDED = [HORIZONTAL_POD_AUTOSCALER, POD_DISRUPTION_BUDGET, INGRESS, SERVICE_MONITOR].map(({ kind }) => kind);

/** Makes what is desired, and takes back what once was and is no more, of kinds that the cluster is known to have. */
export async function applyChildren(
  cluster: KnownCluster,
  index: BitcoinIndex,
  desired: readonly KubernetesObject[],
  served: Served,
): Promise<void> {
  const failures: unknown[] = [];
  const isOurs = (there: ApiObject) => isOwnedBy(there, INDEX, index.metadata) || isKeptFor(index, there);
  for (const object of desired) {
    const { min } = index.spec.gateway.replicas;
    const first = isScaledByOthers(object) ? { madeAs: withReplicas(object, min) } : {};
    try {
      if ((await cluster.keep(object, { isOurs, ...first })) === null) throw nameTaken(object);
    } catch (error) {
      if (!NOT_NEEDED.includes(object.kind)) throw error;
      failures.push(error);
    }
  }
  for (const resource of RECALLABLE) if (isServed(resource, served)) await recall(cluster, index, desired, resource);
  if (failures.length > 0) throw failures[0];
}

/** What is kept with the volumes of a database has no owner. */
function isKeptFor(index: BitcoinIndex, { metadata }: ApiObject): boolean {
  const hasOwner = metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  return (
    !hasOwner && Object.entries(labelsOf(index, 'mongodb')).every(([name, value]) => metadata.labels?.[name] === value)
  );
}

function nameTaken({ kind, metadata: { name } }: KubernetesObject): BitqlError {
  const message = `There is a ${kind} ${name} that was not made for this index: delete it, or call the index otherwise.`;
  return new BitqlError('CLUSTER_REFUSED', message);
}

type Scaled = KubernetesObject & { readonly spec: { readonly replicas?: number } };

/** A Deployment whose number of Pods an autoscaler says. */
function isScaledByOthers(object: KubernetesObject): object is Scaled {
  return object.kind === DEPLOYMENT.kind && (object as Scaled).spec.replicas === undefined;
}

/**
 * It begins with as many Pods as it is to have at least, not with one. That is said when it is made and not when it is applied:
 * what is applied once and then left out is taken back.
 */
function withReplicas(object: Scaled, replicas: number): KubernetesObject {
  return { ...object, spec: { ...object.spec, replicas } };
}

async function recall(
  cluster: KnownCluster,
  index: BitcoinIndex,
  desired: readonly KubernetesObject[],
  resource: Resource,
): Promise<void> {
  const wanted = new Set(desired.filter(({ kind }) => kind === resource.kind).map(({ metadata }) => metadata.name));
  for (const { metadata } of cluster.owned(resource, index)) {
    if (wanted.has(metadata.name)) continue;
    await cluster.delete(resource, index.metadata.namespace, metadata.name, { uid: metadata.uid! });
  }
}
