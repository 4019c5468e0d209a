import type { BitcoinNode } from '../../api/kinds.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
import { PERSISTENT_VOLUME_CLAIM } from '../runtime/kinds.ts';
import type { ApiObject } from '../runtime/resource.ts';
import { nodeNames } from './names.ts';
import { quantityValue } from './quantity.ts';

interface Claim extends ApiObject {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } };
}

/**
 * Asks for a larger volume where the spec does. A StatefulSet cannot: its claims are made of a template that never changes.
 * @returns how large the volume is now, or null where there is none yet
 * @throws CLUSTER_FORBIDDEN where the storage class allows no growth
 */
export async function growVolume(cluster: KnownCluster, { metadata, spec }: BitcoinNode): Promise<string | null> {
  const { volume } = nodeNames(metadata.name);
  // One that was made by hand, or restored from a snapshot, has no labels of ours.
  const reading = { mayLackLabels: true };
  const claim = await cluster.read<Claim>(PERSISTENT_VOLUME_CLAIM, metadata.namespace, volume, reading);
  if (claim === null) return null;
  const isSmaller = quantityValue(claim.spec.resources.requests.storage) < quantityValue(spec.storage.size);
  // One that has no volume yet may not change at all.
  if (isSmaller && claim.status?.phase === 'Bound') {
    await cluster.patch(PERSISTENT_VOLUME_CLAIM, metadata.namespace, volume, {
      spec: { resources: { requests: { storage: spec.storage.size } } },
    });
  }
  return claim.status?.capacity?.storage ?? null;
}
