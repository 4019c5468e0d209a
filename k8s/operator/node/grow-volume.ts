import type { BitcoinNode } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { PERSISTENT_VOLUME_CLAIM } from '../runtime/kinds.ts';
import type { ApiObject } from '../runtime/resource.ts';
import { nodeNames } from './names.ts';
import { quantityValue } from './quantity.ts';

interface Claim extends ApiObject {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
  readonly status?: { readonly capacity?: { readonly storage?: string } };
}

/**
 * Asks for a larger volume where the spec does. A StatefulSet cannot: its claims are made of a template that never changes.
 * @returns how large the volume is now, or null where there is none yet
 * @throws CLUSTER_FORBIDDEN where the storage class allows no growth
 */
export async function growVolume(cluster: Cluster, { metadata, spec }: BitcoinNode): Promise<string | null> {
  const { volume } = nodeNames(metadata.name);
  const claim = await cluster.get<Claim>(PERSISTENT_VOLUME_CLAIM, metadata.namespace, volume);
  if (claim === null) return null;
  if (quantityValue(spec.storage.size) > quantityValue(claim.spec.resources.requests.storage)) {
    await cluster.patch(PERSISTENT_VOLUME_CLAIM, metadata.namespace, volume, {
      spec: { resources: { requests: { storage: spec.storage.size } } },
    });
  }
  return claim.status?.capacity?.storage ?? null;
}
