import type { KnownCluster } from './cluster.ts';
import type { ApiObject, Resource } from './resource.ts';

/** What a workload was made with and keeps: a volume does not change its claim, nor a newer operator the software. */
export interface MadeWith {
  /** Of its first container; null where there is none yet. */
  readonly image: string | null;
  /** That its first claim asks for; null where there is none. */
  readonly volumeSize: string | null;
}

interface Workload extends ApiObject {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image?: string }[] } };
    readonly volumeClaimTemplates?: readonly {
      readonly spec: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
    }[];
  };
}

/** @param resource Deployments or StatefulSets */
export async function readMadeWith(
  cluster: KnownCluster,
  resource: Resource,
  namespace: string,
  name: string,
): Promise<MadeWith> {
  // One that lost its label is not watched, and keeps what it was made with all the same.
  const watched = await cluster.read<Workload>(resource, namespace, name);
  const workload = watched ?? (await cluster.get<Workload>(resource, namespace, name));
  return {
    image: workload?.spec.template.spec.containers[0]?.image ?? null,
    volumeSize: workload?.spec.volumeClaimTemplates?.[0]?.spec.resources?.requests?.storage ?? null,
  };
}
