import type { KnownCluster } from './cluster.ts';
import { PERSISTENT_VOLUME_CLAIM } from './kinds.ts';
import type { ApiObject, ObjectKey, Resource } from './resource.ts';

/** The part of a Deployment or a StatefulSet that is read. */
export interface WorkloadObject extends ApiObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
    readonly volumeClaimTemplates?: readonly {
      readonly spec: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
    }[];
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

/** What a workload was created with and keeps: its claims never change, and a newer operator does not change its software. */
export interface MadeWith {
  /** The image of its first container; null if there is no workload yet. */
  readonly image: string | null;
  /** The requested size of its first claim; null if there is none. */
  readonly volumeSize: string | null;
}

/** @param resource Deployments or StatefulSets */
export async function readMadeWith(
  cluster: KnownCluster,
  resource: Resource,
  { namespace, name }: ObjectKey,
): Promise<MadeWith> {
  // A workload that lost its label is not watched, but still keeps what it was created with.
  const watched = await cluster.read<WorkloadObject>(resource, namespace, name);
  const workload = watched ?? (await cluster.get<WorkloadObject>(resource, namespace, name));
  return {
    image: workload?.spec.template.spec.containers[0]?.image ?? null,
    volumeSize: workload?.spec.volumeClaimTemplates?.[0]?.spec.resources?.requests?.storage ?? null,
  };
}

interface Claim extends ApiObject {
  readonly spec: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } };
}

/**
 * Enlarges a claim if it requests less. The workload cannot do that: its claim template never changes.
 * @param size a quantity
 * @returns the current size of the volume, as a quantity; null if there is none yet
 * @throws CLUSTER_FORBIDDEN if the storage class does not allow growth
 */
export async function growClaim(
  cluster: KnownCluster,
  { namespace, name }: ObjectKey,
  size: string,
): Promise<string | null> {
  // A claim that was created by hand, or restored from a snapshot, lacks our labels.
  const claim = await cluster.read<Claim>(PERSISTENT_VOLUME_CLAIM, namespace, name, { mayLackLabels: true });
  const asked = claim?.spec.resources?.requests?.storage;
  // A claim without a volume cannot change.
  const canGrow = asked !== undefined && claim?.status?.phase === 'Bound';
  if (canGrow && quantityValue(asked) < quantityValue(size)) {
    const spec = { resources: { requests: { storage: size } } };
    await cluster.patch(PERSISTENT_VOLUME_CLAIM, namespace, name, { spec });
  }
  return claim?.status?.capacity?.storage ?? null;
}

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The value of a Kubernetes quantity: 1.5Gi, 500m, 2. @throws TypeError if it is not a quantity */
export function quantityValue(quantity: string): number {
  const [, number, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$/.exec(quantity) ?? [];
  const factor = FACTORS[unit];
  if (number === undefined || factor === undefined) throw new TypeError(`${quantity} is not a quantity.`);
  return Number(number) * factor;
}
