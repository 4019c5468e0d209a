import type { KnownCluster } from './cluster.ts';
import type { ApiObject, ObjectKey, Resource } from './resource.ts';

/** A Deployment or a StatefulSet, as far as it is read. */
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

/** What a workload was made with and keeps: its claims never change, and a newer operator does not change its software. */
export interface MadeWith {
  /** Of its first container; null where there is no workload yet. */
  readonly image: string | null;
  /** What its first claim asks for; null where there is none. */
  readonly volumeSize: string | null;
}

/** @param resource Deployments or StatefulSets */
export async function readMadeWith(
  cluster: KnownCluster,
  resource: Resource,
  { namespace, name }: ObjectKey,
): Promise<MadeWith> {
  // A workload that lost its label is not watched, and keeps what it was made with all the same.
  const watched = await cluster.read<WorkloadObject>(resource, namespace, name);
  const workload = watched ?? (await cluster.get<WorkloadObject>(resource, namespace, name));
  return {
    image: workload?.spec.template.spec.containers[0]?.image ?? null,
    volumeSize: workload?.spec.volumeClaimTemplates?.[0]?.spec.resources?.requests?.storage ?? null,
  };
}
