import type { BitcoinIndex } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { DEPLOYMENT, INGRESS, NETWORK_POLICY, SERVICE_MONITOR } from '../runtime/kinds.ts';
import { controllerOf, type KubernetesObject } from '../runtime/resource.ts';
import { INDEX } from './kind.ts';
import { labelsOf } from './names.ts';

/** What an index may have had and want no more. All else of it stays until its end. */
const RECALLABLE = [INGRESS, NETWORK_POLICY, SERVICE_MONITOR];

/** Makes what is desired, and takes back what once was and is no more. */
export async function applyChildren(
  cluster: Cluster,
  index: BitcoinIndex,
  desired: readonly KubernetesObject[],
): Promise<void> {
  for (const object of desired) {
    if (isScaledByOthers(object)) await createScaled(cluster, object, index.spec.gateway.replicas.min);
    await cluster.apply(object);
  }
  await recall(cluster, index, desired);
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
async function createScaled(cluster: Cluster, object: Scaled, replicas: number): Promise<void> {
  const { name, namespace } = object.metadata;
  if ((await cluster.get(DEPLOYMENT, namespace!, name)) !== null) return;
  await cluster.create({ ...object, spec: { ...object.spec, replicas } });
}

async function recall(cluster: Cluster, index: BitcoinIndex, desired: readonly KubernetesObject[]): Promise<void> {
  const { namespace, uid } = index.metadata;
  const wanted = new Set(desired.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  const labelSelector = Object.entries(labelsOf(index))
    .map(([name, value]) => `${name}=${value}`)
    .filter((term) => !term.startsWith('app.kubernetes.io/name='))
    .join(',');
  for (const resource of RECALLABLE) {
    if (!(await cluster.serves(resource))) continue;
    for (const child of await cluster.list(resource, { namespace, labelSelector })) {
      const isOurs = controllerOf(child, INDEX)?.uid === uid;
      if (!isOurs || wanted.has(`${resource.kind} ${child.metadata.name}`)) continue;
      await cluster.delete(resource, namespace, child.metadata.name, { uid: child.metadata.uid! });
    }
  }
}
