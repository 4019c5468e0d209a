import { BitqlError } from '../../../src/errors.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../runtime/controller.ts';
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
import { type ApiObject, controllerOf, type KubernetesObject, type Resource } from '../runtime/resource.ts';
import { INDEX } from './kind.ts';
import { labelsOf } from './names.ts';

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

/** Makes what is desired, and takes back what once was and is no more. */
export async function applyChildren(
  cluster: Cluster,
  index: BitcoinIndex,
  desired: readonly KubernetesObject[],
): Promise<void> {
  for (const object of desired) {
    const there = await cluster.get(resourceOf(object), index.metadata.namespace, object.metadata.name);
    if (there !== null) assertOurs(index, there);
    else if (isScaledByOthers(object)) await cluster.create(withReplicas(object, index.spec.gateway.replicas.min));
    await cluster.apply(object);
  }
  await recall(cluster, index, desired);
}

function resourceOf({ kind }: KubernetesObject): Resource {
  return CHILD_KINDS.find((resource) => resource.kind === kind)!;
}

function assertOurs(index: BitcoinIndex, there: ApiObject): void {
  if (isOwnedBy(there, INDEX, index.metadata)) return;
  const { kind, metadata } = there;
  const hasOwner = metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  // What is kept with the volumes of a database has no owner.
  const isKept = Object.entries(labelsOf(index, 'mongodb')).every(([name, value]) => metadata.labels?.[name] === value);
  if (!hasOwner && isKept) return;
  const message = `There is a ${kind} ${metadata.name} that was not made for this index: delete it, or call the index otherwise.`;
  throw new BitqlError('CLUSTER_REFUSED', message);
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

async function recall(cluster: Cluster, index: BitcoinIndex, desired: readonly KubernetesObject[]): Promise<void> {
  const { namespace, uid, name } = index.metadata;
  const wanted = new Set(desired.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  const labelSelector = `app.kubernetes.io/instance=${name},${MANAGED_BY_LABEL}=${MANAGED_BY}`;
  for (const resource of RECALLABLE) {
    if (!(await cluster.serves(resource))) continue;
    for (const child of await cluster.list(resource, { namespace, labelSelector })) {
      const isOurs = controllerOf(child, INDEX)?.uid === uid;
      if (!isOurs || wanted.has(`${resource.kind} ${child.metadata.name}`)) continue;
      await cluster.delete(resource, namespace, child.metadata.name, { uid: child.metadata.uid! });
    }
  }
}
